// Whether one system is better than another on the same rows.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "metric/interval.h"
#include "metric/score.h"

namespace fettle::metric {

// McNemar's test (1947) of two systems' right answers, given the rows that only the first and only
// the second got right.
enum class McNemar { kExact, kChi2, kChi2Corrected };

struct TestResult {
  double statistic = 0;
  double p = 1;  // two-sided
};

// kExact: the smaller count against a fair coin. The chi-squared forms are 0 and p 1 for no rows.
[[nodiscard]] TestResult mcnemar(std::int64_t only_first, std::int64_t only_second, McNemar kind);

struct PairedResult {
  double difference = 0;  // first minus second, on all rows
  Interval interval;      // percentile bootstrap of the difference; NaN from permutation()
  double p = 1;           // two-sided
  std::int64_t draws = 0;
  bool exact = false;  // every assignment was tried
};

// Paired bootstrap (Koehn 2004): both figures on the same draws. p as sacreBLEU computes it: the
// share of draws whose difference lies farther from the draws' mean than the real one from 0, with
// one added above and below. Throws DataError when the rows differ in number.
[[nodiscard]] PairedResult paired_bootstrap(const Prepared& first, const Prepared& second,
                                            const BootstrapOptions& options);

// Approximate randomisation (Noreen 1989): each row's two results change sides with probability
// 1/2. All 2^rows assignments where they are at most `options.resamples`, otherwise that many draws
// with p = (count + 1) / (draws + 1). Needs metrics that decompose; throws DataError otherwise.
[[nodiscard]] PairedResult permutation(const Prepared& first, const Prepared& second,
                                       const BootstrapOptions& options);

// Adjusted p-values of a family of tests, in their order: Holm (1979) bounds the chance of any
// false alarm, Benjamini and Hochberg (1995) the share of false ones.
[[nodiscard]] std::vector<double> holm(std::span<const double> p);
[[nodiscard]] std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace fettle::metric
