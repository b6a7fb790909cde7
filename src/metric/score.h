// One way to every metric: by name, over columns, to a figure with its interval and signature.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "metric/columns.h"
#include "metric/interval.h"

namespace fettle::metric {

// A metric that has read its rows: figures of any choice of them come cheaply, so that resampling
// and paired tests need not score texts again.
struct Prepared {
  std::size_t rows = 0;
  // The choices that the figure depends on: "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp".
  std::string signature = {};
  // A metric that decomposes: [rows][width] statistics, and the figure of their sums.
  std::size_t width = 0;
  std::vector<double> statistics = {};
  std::function<double(std::span<const double>)> finish = {};
  // One that does not (width 0): the figure of the rows whose indices are given, with repeats.
  Statistic whole = {};

  [[nodiscard]] double figure() const;
  [[nodiscard]] double figure(std::span<const std::size_t> rows) const;
  // Each row's figure alone; NaN where one row has none (a correlation).
  [[nodiscard]] std::vector<double> each() const;
};

struct ScoreOptions {
  Json options;  // the metric's own; null: its defaults
  bool interval = true;
  BootstrapOptions bootstrap = {};
};

struct Score {
  std::string name;
  double value = 0;
  std::size_t rows = 0;
  std::optional<Interval> interval;
  std::string signature;  // the metric's, the interval's, rows and fettle's version
};

// Throws UsageError for an unknown name or option, DataError for columns that do not fit (no rows,
// a missing column, lengths that differ, a number that is NaN or infinite).
[[nodiscard]] Prepared prepare(std::string_view name, const Columns& columns,
                               const Json& options = nullptr);

// prepare() and the figure of all rows, with the interval that the metric's table row names:
// Wilson's for shares of independent rows, else the percentile bootstrap, of whole clusters where
// columns.clusters says so.
[[nodiscard]] Score compute(std::string_view name, const Columns& columns,
                            const ScoreOptions& options = {});

}  // namespace fettle::metric
