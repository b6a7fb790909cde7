// Texts as hashed n-gram vectors: alike texts have a cosine near 1. No vocabulary, no model.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace fettle::data {

inline constexpr std::uint32_t kVectorBuckets = 1U << 16U;

// (bucket, weight) by ascending bucket; the squares of the weights sum to 1, or there are none.
using SparseVector = std::vector<std::pair<std::uint32_t, float>>;

// Words (runs of letters, digits and bytes above 127; ASCII lower case) and pairs of neighbouring
// words, counted in kVectorBuckets buckets by FNV-1a; weight 1 + ln(count), then length 1
// (Weinberger et al. 2009, without the sign). Reads the first 64 KiB of a text.
[[nodiscard]] SparseVector ngram_vector(std::string_view text);

}  // namespace fettle::data
