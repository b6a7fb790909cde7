// A text as a sparse vector of hashed n-grams: words, pairs of words and runs of three characters
// of its normal text, each counted in one of 2^16 places. No model, no training.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace fettle::data {

inline constexpr std::uint32_t kHashedPlaces = 1U << 16;

// (place, count), places ascending.
using HashedVector = std::vector<std::pair<std::uint32_t, float>>;

[[nodiscard]] HashedVector hashed_vector(std::string_view text);

// Of counts damped by 1 + ln(count): 1 for equal texts, 0 for texts with nothing in common or an
// empty one.
[[nodiscard]] double cosine(const HashedVector& a, const HashedVector& b);
// Of dense vectors of one length; 0 when one of them is zero. Throws UsageError when lengths
// differ.
[[nodiscard]] double cosine(const std::vector<float>& a, const std::vector<float>& b);

}  // namespace fettle::data
