// BLEU (Papineni et al. 2002) as sacreBLEU 2 computes it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metric/bleu_tokenizers.h"

namespace fettle::metric {

// Chen and Cherry 2014: what stands for an order without a match.
enum class Smoothing { kNone, kFloor, kAddK, kExp };

struct BleuOptions {
  BleuTokenizer tokenizer = BleuTokenizer::k13a;
  Smoothing smoothing = Smoothing::kExp;
  double smooth_value = 0;  // kFloor's stand-in count, kAddK's k
  bool lowercase = false;
  bool effective_order = false;  // leaves out the orders that a short answer has not
  std::size_t max_order = 4;
};

// A row's sufficient statistics, which add up over rows: length of the answer, closest length of a
// reference, matches of each order, n-grams of each order. references: at least one.
[[nodiscard]] std::vector<double> bleu_statistics(std::string_view answer,
                                                  std::span<const std::string> references,
                                                  const BleuOptions& options);

// The score in [0, 100] of summed statistics; 0 without any match.
[[nodiscard]] double bleu(std::span<const double> statistics, const BleuOptions& options);

}  // namespace fettle::metric
