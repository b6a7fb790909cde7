#include "metric/score.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/nearest.h"
#include "metric/metrics.h"
#include "metric/options.h"

namespace fettle::metric {
namespace {

const MetricRow& row_of(std::string_view name) { return row_named(metrics(), "metric", name); }

Interval wilson_of(const Prepared& prepared, double level) {
  double right = 0;
  for (std::size_t i = 0; i < prepared.rows; ++i) right += prepared.statistics[i * prepared.width];
  return wilson(static_cast<std::int64_t>(right), static_cast<std::int64_t>(prepared.rows), level);
}

}  // namespace

double Prepared::figure() const {
  std::vector<std::size_t> all(rows);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return figure(all);
}

double Prepared::figure(std::span<const std::size_t> chosen) const {
  if (width == 0) return whole(chosen);
  std::vector<double> sums(width, 0.0);
  for (const std::size_t row : chosen) {
    for (std::size_t k = 0; k < width; ++k) sums[k] += statistics[row * width + k];
  }
  return finish(sums);
}

std::vector<double> Prepared::each() const {
  std::vector<double> out(rows);
  for (std::size_t row = 0; row < rows; ++row) out[row] = figure(std::span(&row, 1));
  return out;
}

Prepared prepare(std::string_view name, const Columns& columns, const Json& options) {
  const MetricRow& row = row_of(name);
  if (row.prepare == nullptr) {
    throw UsageError(
        "metric {}: is a table, not one figure; choose a figure from fettle show "
        "metrics",
        name);
  }
  Options reader(name, options);
  Prepared prepared = row.prepare(columns, reader);
  reader.check_all_known();
  if (!columns.clusters.empty() && columns.clusters.size() != prepared.rows) {
    throw DataError("metric {}: {} clusters of {} rows; one a row was expected", name,
                    columns.clusters.size(), prepared.rows);
  }
  return prepared;
}

Score compute(std::string_view name, const Columns& columns, const ScoreOptions& options) {
  const MetricRow& row = row_of(name);
  const Prepared prepared = prepare(name, columns, options.options);
  Score score{std::string(name), prepared.figure(), prepared.rows, std::nullopt, {}};
  score.signature = text("{}|{}n:{}", name,
                         prepared.signature.empty() ? "" : prepared.signature + "|", prepared.rows);
  if (!options.interval || row.interval == IntervalKind::kNone) return score;
  const int percent = static_cast<int>(std::lround(100 * options.bootstrap.level));
  if (row.interval == IntervalKind::kWilson && columns.clusters.empty()) {
    score.interval = wilson_of(prepared, options.bootstrap.level);
    score.signature += text("|wilson{}", percent);
    return score;
  }
  const Statistic figure = [&](std::span<const std::size_t> rows) { return prepared.figure(rows); };
  const bool clustered = !columns.clusters.empty();
  score.interval = clustered ? clustered_bootstrap(columns.clusters, figure, options.bootstrap)
                             : bootstrap(prepared.rows, figure, options.bootstrap);
  score.signature += text("|{}bootstrap{}:{}|seed:{}", clustered ? "clustered-" : "", percent,
                          options.bootstrap.resamples, options.bootstrap.seed);
  return score;
}

}  // namespace fettle::metric
