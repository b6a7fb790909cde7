#include "metric/effect.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "metric/missing.h"
#include "metric/special.h"

namespace fettle::metric {
namespace {

struct Moments {
  double rows = 0;
  double mean = 0;
  double variance = 0;  // with rows - 1 below
};

Moments moments(std::span<const double> values) {
  Moments out{.rows = static_cast<double>(values.size())};
  for (const double value : values) out.mean += value / out.rows;
  for (const double value : values) out.variance += (value - out.mean) * (value - out.mean);
  out.variance /= out.rows - 1;
  return out;
}

double power_of(double effect, double rows, double alpha) {
  const double z = normal_quantile(1 - alpha / 2);
  const double shift = std::abs(effect) * std::sqrt(rows);
  return normal_below(shift - z) + normal_below(-shift - z);
}

}  // namespace

Effect mean_difference(std::span<const double> differences, double level) {
  if (differences.empty()) return {kNaN, {kNaN, kNaN}};
  const Moments all = moments(differences);
  if (differences.size() < 2) return {all.mean, {kNaN, kNaN}};
  const double half =
      t_quantile(0.5 + level / 2, all.rows - 1) * std::sqrt(all.variance / all.rows);
  return {all.mean, {all.mean - half, all.mean + half}};
}

Effect hedges_g(std::span<const double> first, std::span<const double> second, double level) {
  if (first.size() < 2 || second.size() < 2) return {kNaN, {kNaN, kNaN}};
  const Moments a = moments(first);
  const Moments b = moments(second);
  const double freedom = a.rows + b.rows - 2;
  const double pooled =
      std::sqrt(((a.rows - 1) * a.variance + (b.rows - 1) * b.variance) / freedom);
  const double g = (a.mean - b.mean) / pooled * (1 - 3 / (4 * (a.rows + b.rows) - 9));
  const double variance =
      (a.rows + b.rows) / (a.rows * b.rows) + g * g / 2 / (a.rows + b.rows - 3.94);
  const double half = normal_quantile(0.5 + level / 2) * std::sqrt(variance);
  return {g, {g - half, g + half}};
}

Effect share_difference(std::int64_t first, std::int64_t first_rows, std::int64_t second,
                        std::int64_t second_rows, double level) {
  const Interval a = wilson(first, first_rows, level);
  const Interval b = wilson(second, second_rows, level);
  if (first_rows == 0 || second_rows == 0) return {kNaN, {-1, 1}};
  const double share_a = static_cast<double>(first) / static_cast<double>(first_rows);
  const double share_b = static_cast<double>(second) / static_cast<double>(second_rows);
  const double value = share_a - share_b;
  return {value,
          {value - std::hypot(share_a - a.low, b.high - share_b),
           value + std::hypot(a.high - share_a, share_b - b.low)}};
}

Effect paired_share_difference(std::int64_t only_first, std::int64_t only_second, std::int64_t rows,
                               double level) {
  if (only_first < 0 || only_second < 0 || only_first + only_second > rows) {
    throw InternalError("paired_share_difference: {} and {} of {} rows", only_first, only_second,
                        rows);
  }
  if (rows == 0) return {kNaN, {-1, 1}};
  const auto n = static_cast<double>(rows);
  const double value = static_cast<double>(only_first - only_second) / n;
  const double differing = static_cast<double>(only_first + only_second) / n;
  const double half = normal_quantile(0.5 + level / 2) * std::sqrt((differing - value * value) / n);
  return {value, {value - half, value + half}};
}

double cohens_h(double first, double second) {
  return 2 * (std::asin(std::sqrt(first)) - std::asin(std::sqrt(second)));
}

double needed_paired_rows(double effect, double alpha, double power) {
  if (!(alpha > 0 && alpha < 1 && power > alpha && power < 1)) {
    throw InternalError("needed_rows: alpha {} and power {}; 0 < alpha < power < 1 was expected",
                        alpha, power);
  }
  if (effect == 0) return std::numeric_limits<double>::infinity();
  double low = 0;
  double high = 1;
  while (power_of(effect, high, alpha) < power) high *= 2;
  for (int step = 0; step < 2000; ++step) {
    const double middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    (power_of(effect, middle, alpha) < power ? low : high) = middle;
  }
  return high;
}

double needed_rows(double effect, double alpha, double power) {
  return 2 * needed_paired_rows(effect, alpha, power);
}

}  // namespace fettle::metric
