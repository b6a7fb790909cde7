// The few distribution functions that tests and intervals need, in double precision.
#pragma once

#include <cstdint>

namespace fettle::metric {

// The share of a standard normal below z.
[[nodiscard]] double normal_below(double z);

// Regularised incomplete beta function I_x(a, b), a and b > 0, x in [0, 1], by its continued
// fraction (Abramowitz and Stegun 26.5.8).
[[nodiscard]] double incomplete_beta(double a, double b, double x);
// The x whose I_x(a, b) is p.
[[nodiscard]] double beta_quantile(double a, double b, double p);

// P(X <= successes) of a binomial with `trials` and probability p.
[[nodiscard]] double binomial_below(std::int64_t successes, std::int64_t trials, double p);

// P(X > x) of a chi-squared variable with one degree of freedom.
[[nodiscard]] double chi2_above(double x);

// The point below which Student's t with `freedom` degrees falls with probability p.
[[nodiscard]] double t_quantile(double p, double freedom);
// P(|T| >= |t|).
[[nodiscard]] double t_outside(double t, double freedom);

}  // namespace fettle::metric
