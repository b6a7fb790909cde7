// How good a classifier's probabilities are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fettle::metric {

// A row's log loss: minus the logarithm of the right class's probability, which is kept 2^-52 away
// from 0 and 1 (scikit-learn's log_loss).
[[nodiscard]] double log_loss(std::span<const double> probabilities, std::size_t truth);

// A row's Brier score: the sum over classes of (probability - truth)^2, halved for two classes
// (Brier 1950; scikit-learn's brier_score_loss).
[[nodiscard]] double brier(std::span<const double> probabilities, std::size_t truth);

// One column of the reliability diagram.
struct CalibrationBin {
  double low = 0;  // confidences in [low, high)
  double high = 0;
  std::int64_t rows = 0;
  double confidence = 0;  // means over its rows; 0 for none
  double right = 0;
};

struct Calibration {
  std::vector<CalibrationBin> bins;
  double ece = 0;  // expected error: mean gap weighted by rows (Naeini et al. 2015)
  double mce = 0;  // the largest gap
};

// confidence[i] in [0, 1], right[i] 0 or 1; `bins` of equal width, as torchmetrics' calibration
// errors: a confidence on an edge belongs to the bin above it, and 1 to a bin of its own.
[[nodiscard]] Calibration calibration(std::span<const double> confidence,
                                      std::span<const std::uint8_t> right, std::size_t bins);

}  // namespace fettle::metric
