// Which texts share the most telling words with another: BM25 (Robertson and Zaragoza 2009).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fettle::evaluate {

// Lower-case runs of word characters, as Python's re.findall(r"\w+", text.lower()).
[[nodiscard]] std::vector<std::string> words_in(std::string_view text);

// The scores of rank_bm25's BM25Okapi: for each word of the query
//   idf * f * (k1 + 1) / (f + k1 * (1 - b + b * length / mean length)),
// k1 = 1.5, b = 0.75, idf = ln((N - n + 0.5) / (n + 0.5)), a negative one replaced by a quarter of
// the mean idf of all words.
class WordSearch {
 public:
  explicit WordSearch(const std::vector<std::string>& texts);

  // Of each text, in their order.
  [[nodiscard]] std::vector<double> scores(std::string_view query) const;

 private:
  struct Word {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> texts;  // text and how often
    double idf = 0;
  };
  void weigh_words();

  std::unordered_map<std::string, Word> words_;
  std::vector<double> lengths_;
  double mean_length_ = 0;
};

}  // namespace fettle::evaluate
