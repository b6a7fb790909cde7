#include "metric/probability.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fettle::metric {

double log_loss(std::span<const double> probabilities, std::size_t truth) {
  constexpr double kLeast = std::numeric_limits<double>::epsilon();
  return -std::log(std::clamp(probabilities[truth], kLeast, 1 - kLeast));
}

double brier(std::span<const double> probabilities, std::size_t truth) {
  double sum = 0;
  for (std::size_t k = 0; k < probabilities.size(); ++k) {
    const double gap = probabilities[k] - (k == truth ? 1 : 0);
    sum += gap * gap;
  }
  return probabilities.size() == 2 ? sum / 2 : sum;
}

Calibration calibration(std::span<const double> confidence, std::span<const std::uint8_t> right,
                        std::size_t bins) {
  Calibration out;
  const double width = 1.0 / static_cast<double>(bins);
  // Counted from the nearer end, as torch.linspace does, so that the edges are the same doubles.
  const auto edge = [&](std::size_t k) {
    return k < (bins + 1) / 2 ? width * static_cast<double>(k)
                              : 1 - width * static_cast<double>(bins - k);
  };
  for (std::size_t k = 0; k < bins; ++k) out.bins.push_back({.low = edge(k), .high = edge(k + 1)});
  out.bins.push_back({.low = 1, .high = 1});
  for (std::size_t i = 0; i < confidence.size(); ++i) {
    const auto above =
        std::upper_bound(out.bins.begin(), out.bins.end(), confidence[i],
                         [](double value, const CalibrationBin& bin) { return value < bin.low; });
    CalibrationBin& bin = *(above - 1);
    ++bin.rows;
    bin.confidence += confidence[i];
    bin.right += right[i];
  }
  for (CalibrationBin& bin : out.bins) {
    if (bin.rows == 0) continue;
    bin.confidence /= static_cast<double>(bin.rows);
    bin.right /= static_cast<double>(bin.rows);
    const double gap = std::abs(bin.right - bin.confidence);
    out.ece += gap * static_cast<double>(bin.rows) / static_cast<double>(confidence.size());
    out.mce = std::max(out.mce, gap);
  }
  return out;
}

}  // namespace fettle::metric
