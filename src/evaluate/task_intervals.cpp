// Figures of a task with their intervals: Wilson's, the bootstrap's, that of clusters.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "evaluate/task_result.h"

namespace fettle::evaluate {
namespace {

using metric::Prepared;

bool gives_share(const Prepared& prepared) {
  if (prepared.width == 0) return false;
  for (std::size_t i = 0; i < prepared.statistics.size(); ++i) {
    const double value = prepared.statistics[i];
    const bool first = i % prepared.width == 0;
    if (value != 1 && !(first && value == 0)) return false;
  }
  return prepared.width <= 2 && prepared.rows > 0;
}

// A number for each row, the same for rows of a cluster, from 0 in the order of their appearance.
std::vector<std::int64_t> clusters_of(const TaskFile& task, const std::vector<TaskRow>& rows) {
  std::vector<std::int64_t> out;
  if (task.clusters.empty()) return out;
  std::map<std::string, std::int64_t> numbers;
  for (const TaskRow& row : rows) {
    Json key = Json::array();
    for (const std::string& column : task.clusters) {
      const Json* value = find(row.doc, column);
      if (value == nullptr) {
        throw DataError("task {}: cluster names the column {}, which row {} has not", task.name,
                        column, row.question.row);
      }
      key.push_back(*value);
    }
    const auto fresh = static_cast<std::int64_t>(numbers.size());
    out.push_back(numbers.emplace(to_text(key), fresh).first->second);
  }
  return out;
}

// Nothing for a figure that is no mean of its rows.
std::optional<double> standard_error(const Prepared& prepared,
                                     const std::vector<std::int64_t>& clusters) {
  if (prepared.width != 2 || prepared.rows < 2) return std::nullopt;
  double mean = 0;
  for (std::size_t i = 0; i < prepared.rows; ++i) {
    if (prepared.statistics[2 * i + 1] != 1) return std::nullopt;
    mean += prepared.statistics[2 * i];
  }
  const auto rows = static_cast<double>(prepared.rows);
  mean /= rows;
  if (!(std::abs(mean - prepared.figure()) <= 1e-12)) return std::nullopt;
  std::map<std::int64_t, double> deviations;
  for (std::size_t i = 0; i < prepared.rows; ++i) {
    const auto row = static_cast<std::int64_t>(i);
    deviations[clusters.empty() ? row : clusters[i]] += prepared.statistics[2 * i] - mean;
  }
  double square = 0;
  for (const auto& [cluster, deviation] : deviations) square += deviation * deviation;
  return std::sqrt(clusters.empty() ? square / (rows - 1) / rows : square / (rows * rows));
}

void add_interval(const Prepared& prepared, const std::vector<std::int64_t>& clusters,
                  const metric::BootstrapOptions& options, TaskFigure& figure) {
  const metric::Statistic statistic = [&](std::span<const std::size_t> chosen) {
    return prepared.figure(chosen);
  };
  const std::string drawn = text("bootstrap95:{}|seed:{}", options.resamples, options.seed);
  if (!clusters.empty()) {
    figure.interval = metric::clustered_bootstrap(clusters, statistic, options);
    figure.signature =
        text("{}|clustered {}|clusters:{}", prepared.signature, drawn, figure.clusters);
  } else if (gives_share(prepared)) {
    const auto right =
        static_cast<std::int64_t>(std::llround(figure.value * static_cast<double>(prepared.rows)));
    figure.interval = metric::wilson(right, figure.rows, options.level);
    figure.signature = text("{}|wilson95", prepared.signature);
  } else {
    figure.interval = metric::bootstrap(prepared.rows, statistic, options);
    figure.signature = text("{}|{}", prepared.signature, drawn);
  }
}

}  // namespace

std::vector<TaskFigure> figures_of(const TaskFile& task, const std::vector<TaskRow>& rows,
                                   const metric::BootstrapOptions& options) {
  std::vector<TaskFigure> out;
  const std::vector<std::int64_t> clusters = clusters_of(task, rows);
  for (const TaskFilter& filter : task.filters) {
    for (const TaskMetric& metric : task.metrics) {
      const Prepared prepared = prepare_rows(task, metric, filter, rows);
      TaskFigure figure;
      figure.metric = metric.name;
      figure.filter = filter.name;
      figure.value = prepared.figure();
      figure.rows = static_cast<std::int64_t>(prepared.rows);
      figure.higher_is_better = higher_is_better(metric);
      if (!clusters.empty()) figure.clusters = 1 + *std::ranges::max_element(clusters);
      figure.standard_error = standard_error(prepared, clusters);
      add_interval(prepared, clusters, options, figure);
      figure.signature += text("|shots:{}|n:{}", task.num_fewshot, figure.rows);
      out.push_back(std::move(figure));
    }
  }
  return out;
}

}  // namespace fettle::evaluate
