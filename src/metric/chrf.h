// chrF and chrF++ (Popovic 2015, 2017) as sacreBLEU 2 computes them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::metric {

struct ChrfOptions {
  std::size_t char_order = 6;
  std::size_t word_order = 0;  // 2: chrF++
  double beta = 2;             // weight of recall
  bool lowercase = false;
  bool whitespace = false;     // white space belongs to the n-grams
  bool eps_smoothing = false;  // as chrF++.py, NLTK and Moses; otherwise by effective order
};

// A row's sufficient statistics against its best reference: for each order of characters, then of
// words, the n-grams of the answer, of the reference, and in both. references: at least one.
[[nodiscard]] std::vector<double> chrf_statistics(std::string_view answer,
                                                  std::span<const std::string> references,
                                                  const ChrfOptions& options);

// The score in [0, 100] of summed statistics.
[[nodiscard]] double chrf(std::span<const double> statistics, const ChrfOptions& options);

}  // namespace fettle::metric
