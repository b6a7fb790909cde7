// How sure a figure is: Wilson's and the exact interval for shares, bootstraps for the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace fettle::metric {

struct Interval {
  double low = 0;
  double high = 0;
};

// The point below which a standard normal falls with probability p, 0 < p < 1.
[[nodiscard]] double normal_quantile(double p);

// Wilson's score interval for `successes` of `rows` (Wilson 1927), without continuity correction.
// Of no rows nothing is known: [0, 1]. Throws InternalError unless 0 <= successes <= rows and
// 0 < level < 1.
[[nodiscard]] Interval wilson(std::int64_t successes, std::int64_t rows, double level = 0.95);

// Linear interpolation between order statistics (Hyndman and Fan's type 7, as NumPy's default).
// `values` need no order; NaN for none. 0 <= q <= 1.
[[nodiscard]] double quantile(std::vector<double> values, double q);

struct BootstrapOptions {
  std::uint64_t seed = 0;
  std::int64_t resamples = 1000;
  double level = 0.95;
};

// A figure of the rows whose indices are given (with repeats).
using Statistic = std::function<double(std::span<const std::size_t>)>;

// Percentile bootstrap (Efron 1979): `statistic` of `resamples` draws of `rows` rows with
// replacement. Draw r, place i takes row Random(seed, "bootstrap").below(r * rows + i, rows).
// Draws whose figure is NaN are left out; [NaN, NaN] when all are, or there are no rows.
[[nodiscard]] Interval bootstrap(std::size_t rows, const Statistic& statistic,
                                 const BootstrapOptions& options);

// The figures of the draws of bootstrap(), in their order, without those that are NaN.
[[nodiscard]] std::vector<double> bootstrap_figures(std::size_t rows, const Statistic& statistic,
                                                    const BootstrapOptions& options);

// The bootstrap over clusters: rows that share a value of `clusters` are drawn together (Field and
// Welsh 2007). Draw r, place i takes the cluster Random(seed, "bootstrap").below(r * clusters + i)
// in the order of first appearance.
[[nodiscard]] Interval clustered_bootstrap(std::span<const std::int64_t> clusters,
                                           const Statistic& statistic,
                                           const BootstrapOptions& options);

// Bias-corrected and accelerated bootstrap (Efron 1987), with the draws of bootstrap(); the
// acceleration comes from leaving out one row at a time. Where all draws agree: that figure twice.
[[nodiscard]] Interval bca_bootstrap(std::size_t rows, const Statistic& statistic,
                                     const BootstrapOptions& options);

// The exact interval of a share (Clopper and Pearson 1934). Throws as wilson() does.
[[nodiscard]] Interval clopper_pearson(std::int64_t successes, std::int64_t rows,
                                       double level = 0.95);

}  // namespace fettle::metric
