#include "metric/interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/error.h"

namespace fettle::metric {
namespace {

TEST(Interval, KnowsTheNormalQuantiles) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(normal_quantile(0.995), 2.5758293035489004, 1e-14);
  EXPECT_NEAR(normal_quantile(0.025), -1.959963984540054, 1e-14);
  EXPECT_NEAR(normal_quantile(1e-10), -6.361340902404056, 1e-12);
  EXPECT_EQ(normal_quantile(0.5), 0);
  for (const double p : {0.0, 1.0, -1.0, std::nan("")}) {
    EXPECT_THROW(static_cast<void>(normal_quantile(p)), InternalError);
  }
}

TEST(Interval, WilsonMatchesTheClosedForm) {
  // Half of n: centre 0.5, half width z / (2 sqrt(n + z^2)).
  const double z = 1.959963984540054;
  const Interval half = wilson(50, 100);
  EXPECT_NEAR(half.low, 0.5 - z / (2 * std::sqrt(100 + z * z)), 1e-15);
  EXPECT_NEAR(half.high, 0.5 + z / (2 * std::sqrt(100 + z * z)), 1e-15);
  // None of n: [0, z^2 / (n + z^2)].
  const Interval none = wilson(0, 20);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, z * z / (20 + z * z), 1e-15);
  EXPECT_EQ(wilson(20, 20).high, 1);
  EXPECT_NEAR(wilson(20, 20).low, 1 - none.high, 1e-15);
  EXPECT_EQ(wilson(0, 0).low, 0);
  EXPECT_EQ(wilson(0, 0).high, 1);
  EXPECT_GT(wilson(5, 10, 0.9).low, wilson(5, 10, 0.99).low);
}

TEST(Interval, WilsonRefusesWhatIsNoShare) {
  EXPECT_THROW(static_cast<void>(wilson(-1, 10)), InternalError);
  EXPECT_THROW(static_cast<void>(wilson(11, 10)), InternalError);
  EXPECT_THROW(static_cast<void>(wilson(1, 10, 1)), InternalError);
  EXPECT_THROW(static_cast<void>(wilson(1, 10, 0)), InternalError);
}

TEST(Interval, QuantileInterpolates) {
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0), 1);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 1), 4);
  EXPECT_DOUBLE_EQ(quantile({10, 20}, 0.1), 11);
  EXPECT_DOUBLE_EQ(quantile({7}, 0.3), 7);
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
}

TEST(Interval, BootstrapOfAMeanIsNearNormalTheory) {
  std::vector<double> values(400);
  std::iota(values.begin(), values.end(), 0.0);
  const Statistic mean = [&](std::span<const std::size_t> rows) {
    double sum = 0;
    for (const std::size_t row : rows) sum += values[row];
    return sum / static_cast<double>(rows.size());
  };
  const Interval found = bootstrap(400, mean, {.seed = 1, .resamples = 4000});
  const double error = 1.959963984540054 * std::sqrt((400.0 * 400 - 1) / 12 / 400);
  EXPECT_NEAR(found.low, 199.5 - error, 0.08 * error);
  EXPECT_NEAR(found.high, 199.5 + error, 0.08 * error);
  EXPECT_EQ(found.low, bootstrap(400, mean, {.seed = 1, .resamples = 4000}).low);
  EXPECT_NE(found.low, bootstrap(400, mean, {.seed = 2, .resamples = 4000}).low);
}

TEST(Interval, BootstrapOfNothing) {
  const Statistic never = [](std::span<const std::size_t>) { return std::nan(""); };
  EXPECT_TRUE(std::isnan(bootstrap(0, never, {}).low));
  EXPECT_TRUE(std::isnan(bootstrap(3, never, {}).high));
  const Statistic fixed = [](std::span<const std::size_t>) { return 2.0; };
  EXPECT_EQ(bootstrap(1, fixed, {}).low, 2);
  EXPECT_THROW(static_cast<void>(bootstrap(1, fixed, {.level = 1.5})), InternalError);
}

}  // namespace
}  // namespace fettle::metric
