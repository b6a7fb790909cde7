// Agreement of numbers with the right ones.
#pragma once

#include <span>
#include <vector>

namespace fettle::metric {

// Coefficient of determination; a constant target gives 1 for a perfect answer and 0 otherwise;
// NaN for fewer than two rows (scikit-learn's r2_score).
[[nodiscard]] double r2(std::span<const double> targets, std::span<const double> values);

// Pearson's product-moment correlation; NaN when a side is constant or has fewer than two rows.
[[nodiscard]] double pearson(std::span<const double> a, std::span<const double> b);

// Spearman's: Pearson's of the ranks, equal values sharing their mean rank.
[[nodiscard]] double spearman(std::span<const double> a, std::span<const double> b);

// Kendall's tau-b (1945), with Knight's O(n log n) count of inversions (1966); NaN when a side is
// constant.
[[nodiscard]] double kendall(std::span<const double> a, std::span<const double> b);

// Ranks from 1, equal values sharing their mean.
[[nodiscard]] std::vector<double> mean_ranks(std::span<const double> values);

}  // namespace fettle::metric
