#include "metric/interval.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "metric/missing.h"

namespace fettle::metric {
namespace {

void check_level(double level) {
  if (!(level > 0 && level < 1)) {
    throw InternalError("interval: the level is {}; allowed: between 0 and 1", level);
  }
}

}  // namespace

double normal_quantile(double p) {
  if (!(p > 0 && p < 1)) {
    throw InternalError("normal_quantile: p is {}; allowed: between 0 and 1", p);
  }
  // Newton's steps on the upper tail, which is convex: from 0 they climb to the root from below.
  const double tail = std::min(p, 1 - p);
  double z = 0;
  for (int step = 0; step < 200; ++step) {
    const double above = 0.5 * std::erfc(z / std::numbers::sqrt2);
    const double density = std::exp(-0.5 * z * z) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
    const double next = z + (above - tail) / density;
    if (!(std::abs(next - z) > 1e-15 * (1 + z))) break;
    z = next;
  }
  return p < 0.5 ? -z : z;
}

Interval wilson(std::int64_t successes, std::int64_t rows, double level) {
  check_level(level);
  if (successes < 0 || successes > rows) {
    throw InternalError("wilson: {} successes of {} rows; a share was expected", successes, rows);
  }
  if (rows == 0) return {0, 1};
  const double n = static_cast<double>(rows);
  const double share = static_cast<double>(successes) / n;
  const double z = normal_quantile(0.5 + level / 2);
  const double scale = 1 + z * z / n;
  const double centre = (share + z * z / (2 * n)) / scale;
  const double half = z / scale * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  // At the ends the bound is exactly 0 or 1; rounding would leave it a little inside.
  return {successes == 0 ? 0 : centre - half, successes == rows ? 1 : centre + half};
}

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return kNaN;
  std::sort(values.begin(), values.end());
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

Interval bootstrap(std::size_t rows, const Statistic& statistic, const BootstrapOptions& options) {
  check_level(options.level);
  if (rows == 0) return {kNaN, kNaN};
  const std::vector<double> figures = bootstrap_figures(rows, statistic, options);
  const double tail = (1 - options.level) / 2;
  return {quantile(figures, tail), quantile(figures, 1 - tail)};
}

}  // namespace fettle::metric
