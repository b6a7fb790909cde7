// How large a difference is, with its interval, and how many rows would show it.
#pragma once

#include <cstdint>
#include <span>

#include "metric/interval.h"

namespace fettle::metric {

struct Effect {
  double value = 0;
  Interval interval;
};

// Mean of `differences` (first minus second, a row) with Student's interval; NaN ends for one row.
[[nodiscard]] Effect mean_difference(std::span<const double> differences, double level = 0.95);

// Standardised mean difference of two groups with Hedges' correction and the large-sample interval
// (Hedges and Olkin 1985); at least two rows each, else NaN.
[[nodiscard]] Effect hedges_g(std::span<const double> first, std::span<const double> second,
                              double level = 0.95);

// Difference of two independent shares with Newcombe's hybrid score interval (1998, method 10).
[[nodiscard]] Effect share_difference(std::int64_t first, std::int64_t first_rows,
                                      std::int64_t second, std::int64_t second_rows,
                                      double level = 0.95);

// Difference of two shares of the same rows: (only_first - only_second) / rows with Wald's
// interval.
[[nodiscard]] Effect paired_share_difference(std::int64_t only_first, std::int64_t only_second,
                                             std::int64_t rows, double level = 0.95);

// Cohen's h: the difference of two shares on the arcsine scale (Cohen 1988).
[[nodiscard]] double cohens_h(double first, double second);

// Rows of each of two groups at which a two-sided z test at `alpha` finds a standardised effect
// with probability `power`; infinite for no effect. The fraction is kept: round up.
[[nodiscard]] double needed_rows(double effect, double alpha = 0.05, double power = 0.8);
// Rows of one set that both systems answer, for a standardised effect of their differences.
[[nodiscard]] double needed_paired_rows(double effect, double alpha = 0.05, double power = 0.8);

}  // namespace fettle::metric
