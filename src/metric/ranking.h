// How well scores order rows: the areas under the curves of receivers and of precision.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fettle::metric {

// Area under the ROC curve (Hanley and McNeil 1982): the share of pairs of a positive and a
// negative row that the scores order rightly, ties half. NaN unless both kinds occur.
[[nodiscard]] double roc_auc(std::span<const double> scores,
                             std::span<const std::uint8_t> positive);

// Average precision: sum of (R_n - R_{n-1}) P_n over the thresholds from above, equal scores at
// once; 0 without a positive row (scikit-learn's average_precision_score).
[[nodiscard]] double average_precision(std::span<const double> scores,
                                       std::span<const std::uint8_t> positive);

enum class Average { kMacro, kWeighted };

// scores[row][class]. One class against the rest; kWeighted by the class's rows.
[[nodiscard]] double roc_auc_rest(std::span<const std::vector<double>> scores,
                                  std::span<const int> truth, std::size_t classes, Average average);
// Each pair of classes that occur (Hand and Till 2001), both directions; kWeighted by their rows.
[[nodiscard]] double roc_auc_pairs(std::span<const std::vector<double>> scores,
                                   std::span<const int> truth, std::size_t classes,
                                   Average average);
[[nodiscard]] double average_precision_rest(std::span<const std::vector<double>> scores,
                                            std::span<const int> truth, std::size_t classes,
                                            Average average);

}  // namespace fettle::metric
