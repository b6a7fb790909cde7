// Rows for the tests of data/match: made texts with planted relations, prints held in memory.
#pragma once

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/random.h"
#include "data/match/duplicates.h"
#include "data/match/words.h"
#include "tests/data/support.h"

namespace fettle::data {

// A word of a made language; the same number gives the same word, different numbers different ones.
inline std::string made_word(std::uint64_t number) {
  static constexpr std::string_view kOnsets = "bdfgklmnprstvz";
  static constexpr std::string_view kVowels = "aeiou";
  std::string word;
  for (int i = 0; i < 4; ++i) {
    word += kOnsets[number % kOnsets.size()];
    number /= kOnsets.size();
    word += kVowels[number % kVowels.size()];
    number /= kVowels.size();
  }
  return word;
}

inline std::vector<std::string> made_words(const Random& random, std::uint64_t from,
                                           std::size_t count) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < count; ++i) {
    words.push_back(made_word(random.below(from + i, 20'000'000)));
  }
  return words;
}

inline std::string sentence(const std::vector<std::string>& words) { return join(words, " "); }

// Jaccard similarity of runs of `size` words, from sets of strings: shares nothing with shingles.h.
inline double plain_jaccard(const std::string& a, const std::string& b, std::size_t size) {
  const auto runs = [&](const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    std::set<std::string> set;
    for (std::size_t i = 0; i + size <= words.size(); ++i) {
      std::string run;
      for (std::size_t k = 0; k < size; ++k) run += words[i + k] + " ";
      set.insert(run);
    }
    return set;
  };
  const std::set<std::string> x = runs(a);
  const std::set<std::string> y = runs(b);
  std::vector<std::string> both;
  std::set_intersection(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(both));
  return static_cast<double>(both.size()) / static_cast<double>(x.size() + y.size() - both.size());
}

struct Found {
  std::vector<ClusterRow> rows;
  SearchReport report;

  [[nodiscard]] std::set<std::uint32_t> dropped() const {
    std::set<std::uint32_t> set;
    for (const ClusterRow& row : rows) {
      if (row.dropped) set.insert(row.row);
    }
    return set;
  }
  [[nodiscard]] std::string text() const {
    std::string out;
    for (const ClusterRow& row : rows) {
      out += fettle::text("{} {} {} {} {} {}\n", row.row, row.cluster, row.kept, row.dropped,
                          row.exact, row.similarity);
    }
    return out;
  }
};

inline Found search(const Fingerprinter& prints, const std::vector<std::string>& texts,
                    const std::vector<Standing>& standings, const SearchBench& bench) {
  std::vector<std::string> printed(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    prints.print(normal_text(texts[i]), standings.empty() ? Standing{} : standings[i], printed[i]);
  }
  const PrintSource source = [&](const PrintVisit& visit) {
    for (std::size_t i = 0; i < printed.size(); ++i) visit(i, printed[i]);
  };
  Found found;
  found.report = find_duplicates(prints, source, texts.size(), bench,
                                 [&](const ClusterRow& row) { found.rows.push_back(row); });
  return found;
}

}  // namespace fettle::data
