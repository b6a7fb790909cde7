// Bootstraps of interval.h beyond the plain one, and the exact interval of a share.
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "base/error.h"
#include "base/random.h"
#include "metric/interval.h"
#include "metric/missing.h"
#include "metric/special.h"

namespace fettle::metric {
namespace {

std::vector<std::vector<std::size_t>> rows_by_cluster(std::span<const std::int64_t> clusters) {
  std::unordered_map<std::int64_t, std::size_t> place;
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t row = 0; row < clusters.size(); ++row) {
    const auto [found, added] = place.try_emplace(clusters[row], groups.size());
    if (added) groups.emplace_back();
    groups[found->second].push_back(row);
  }
  return groups;
}

// The acceleration: a sixth of the skewness of the figures with one row left out.
double acceleration(std::size_t rows, const Statistic& statistic) {
  std::vector<std::size_t> others(rows - 1);
  std::iota(others.begin(), others.end(), std::size_t{1});
  std::vector<double> figures(rows);
  double mean = 0;
  for (std::size_t left_out = 0; left_out < rows; ++left_out) {
    if (left_out > 0) others[left_out - 1] = left_out - 1;
    figures[left_out] = statistic(others);
    mean += figures[left_out] / static_cast<double>(rows);
  }
  double squares = 0;
  double cubes = 0;
  for (const double figure : figures) {
    const double gap = mean - figure;
    squares += gap * gap;
    cubes += gap * gap * gap;
  }
  return cubes / (6 * std::pow(squares, 1.5));
}

}  // namespace

std::vector<double> bootstrap_figures(std::size_t rows, const Statistic& statistic,
                                      const BootstrapOptions& options) {
  const Random random(options.seed, "bootstrap");
  std::vector<std::size_t> drawn(rows);
  std::vector<double> figures;
  std::uint64_t index = 0;
  for (std::int64_t r = 0; rows > 0 && r < options.resamples; ++r) {
    for (std::size_t& row : drawn) row = random.below(index++, rows);
    const double figure = statistic(drawn);
    if (!std::isnan(figure)) figures.push_back(figure);
  }
  return figures;
}

Interval clustered_bootstrap(std::span<const std::int64_t> clusters, const Statistic& statistic,
                             const BootstrapOptions& options) {
  const auto groups = rows_by_cluster(clusters);
  const Statistic of_groups = [&](std::span<const std::size_t> drawn) {
    std::vector<std::size_t> rows;
    for (const std::size_t group : drawn) {
      rows.insert(rows.end(), groups[group].begin(), groups[group].end());
    }
    return statistic(rows);
  };
  return bootstrap(groups.size(), of_groups, options);
}

Interval bca_bootstrap(std::size_t rows, const Statistic& statistic,
                       const BootstrapOptions& options) {
  const std::vector<double> figures = bootstrap_figures(rows, statistic, options);
  if (rows < 2 || figures.empty()) return {kNaN, kNaN};
  std::vector<std::size_t> all(rows);
  std::iota(all.begin(), all.end(), std::size_t{0});
  const double figure = statistic(all);
  double below = 0;
  double equal = 0;
  for (const double draw : figures) {
    below += draw < figure ? 1 : 0;
    equal += draw == figure ? 1 : 0;
  }
  const auto count = static_cast<double>(figures.size());
  if (equal == count) return {figure, figure};
  const double share = (below + equal / 2) / count;
  if (share <= 0 || share >= 1) return {kNaN, kNaN};
  const double bias = normal_quantile(share);
  const double a = acceleration(rows, statistic);
  const auto end = [&](double tail) {
    const double z = bias + normal_quantile(tail);
    const double place = normal_below(bias + z / (1 - a * z));
    return std::isnan(place) ? kNaN : quantile(figures, place);
  };
  return {end((1 - options.level) / 2), end((1 + options.level) / 2)};
}

Interval clopper_pearson(std::int64_t successes, std::int64_t rows, double level) {
  if (!(level > 0 && level < 1) || successes < 0 || successes > rows) {
    throw InternalError(
        "clopper_pearson: {} successes of {} rows at level {}; a share was expected", successes,
        rows, level);
  }
  const double tail = (1 - level) / 2;
  const auto k = static_cast<double>(successes);
  const auto n = static_cast<double>(rows);
  return {successes == 0 ? 0 : beta_quantile(k, n - k + 1, tail),
          successes == rows ? 1 : beta_quantile(k + 1, n - k, 1 - tail)};
}

}  // namespace fettle::metric
