#include "metric/special.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace fettle::metric {
namespace {

// lgamma writes the global signgam, which threads share.
double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

// Lentz's evaluation; converges fast for x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  const auto away = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
  double c = 1;
  double d = 1 / away(1 - (a + b) * x / (a + 1));
  double value = d;
  for (int m = 1; m < 100000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    value *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const double step = d * c;
    value *= step;
    if (std::abs(step - 1) < 1e-16) break;
  }
  return value;
}

}  // namespace

double normal_below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front = std::exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) +
                                b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double beta_quantile(double a, double b, double p) {
  double low = 0;
  double high = 1;
  for (int step = 0; step < 200; ++step) {
    const double middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    (incomplete_beta(a, b, middle) < p ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

double binomial_below(std::int64_t successes, std::int64_t trials, double p) {
  if (successes < 0) return 0;
  if (successes >= trials) return 1;
  const auto k = static_cast<double>(successes);
  return incomplete_beta(static_cast<double>(trials) - k, k + 1, 1 - p);
}

double chi2_above(double x) { return std::erfc(std::sqrt(x / 2)); }

double t_outside(double t, double freedom) {
  if (std::isinf(t)) return 0;
  return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t));
}

double t_quantile(double p, double freedom) {
  if (p == 0.5) return 0;
  const double tail = 2 * std::min(p, 1 - p);
  double low = 0;
  double high = 1;
  while (t_outside(high, freedom) > tail && high < 1e300) high *= 2;
  for (int step = 0; step < 2000; ++step) {
    const double middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    (t_outside(middle, freedom) > tail ? low : high) = middle;
  }
  return p < 0.5 ? -low : low;
}

}  // namespace fettle::metric
