// Texts as sparse vectors of hashed words and word pairs, weighted by how rare they are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fettle::data::prepare {

inline constexpr std::size_t kWordBuckets = 8192;

// (bucket, weight), sorted, of length 1; empty for a text without words.
using WordVector = std::vector<std::pair<std::uint32_t, float>>;

// Runs of letters (ASCII in lower case, all bytes above 127 as they are), at most 2,000.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

class WordWeights {
 public:
  // Inverse document frequencies over `texts`.
  explicit WordWeights(const std::vector<std::string>& texts);
  [[nodiscard]] WordVector vector(std::string_view text) const;

 private:
  std::vector<float> idf_;
};

}  // namespace fettle::data::prepare
