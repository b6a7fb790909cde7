// SQuAD 2's best threshold for answering nothing (evaluate-v2.0.py, find_best_thresh).
#pragma once

#include <cstdint>
#include <span>

namespace fettle::metric {

struct BestThreshold {
  double score = 0;      // mean over rows at the threshold
  double threshold = 0;  // rows whose no-answer score lies above it answer nothing
};

// scores[i]: the row's EM or F1 when it answers; silence[i]: its no-answer score; answerable[i] and
// empty[i]: whether it has a right text, and whether its answer is empty. At least one row.
[[nodiscard]] BestThreshold best_threshold(std::span<const double> scores,
                                           std::span<const double> silence,
                                           std::span<const std::uint8_t> answerable,
                                           std::span<const std::uint8_t> empty);

}  // namespace fettle::metric
