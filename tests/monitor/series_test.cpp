#include "monitor/series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/monitor/events.h"

namespace fettle::monitor {
namespace {

using testing::ElementsAre;

TEST(Series, StaysBoundedAndKeepsTheMean) {
  Series series;
  constexpr int kCount = 1 << 17;
  for (int i = 0; i < kCount; ++i) series.add({static_cast<double>(i), static_cast<double>(i % 2)});
  EXPECT_LT(series.points().size(), Series::kMost);
  EXPECT_GE(series.points().size(), Series::kMost / 2);
  double sum = 0;
  double before = -1;
  for (const Point& point : series.points()) {
    sum += point.y;
    EXPECT_GT(point.x, before);
    before = point.x;
  }
  EXPECT_DOUBLE_EQ(sum / static_cast<double>(series.points().size()), 0.5);
}

TEST(Series, LeavesOutWhatIsNotFinite) {
  Series series;
  series.add({1, std::nan("")});
  series.add({2, HUGE_VAL});
  series.add({3, 4});
  ASSERT_EQ(series.points().size(), 1U);
  EXPECT_EQ(series.points()[0].y, 4);
}

TEST(Series, SmoothingBeginsAtTheFirstValueAndKeepsAConstant) {
  const std::vector<Point> flat = {{1, 3}, {2, 3}, {3, 3}};
  for (const Point& point : smoothed(flat, 10)) EXPECT_NEAR(point.y, 3, 1e-12);
  const std::vector<Point> step = {{1, 0}, {2, 1}};
  // Window 3: decay 1/2, weights 1/2 and 1 of the two points.
  EXPECT_NEAR(smoothed(step, 3)[1].y, 0.5 / 0.75, 1e-12);
  EXPECT_EQ(smoothed(step, 1)[1].y, 1);
}

TEST(Series, CurvesTakeWhatEventsSay) {
  Curves curves;
  for (const Event& event : events_of_steps(1, 20)) curves.add(event);
  EXPECT_EQ(curves.train_loss.points().size(), 20U);
  EXPECT_EQ(curves.learning_rate.points().size(), 20U);
  ASSERT_EQ(curves.eval_loss.points().size(), 2U);
  EXPECT_EQ(curves.eval_loss.points()[1].x, 20);
}

TEST(Ticks, AreRoundNumbers) {
  EXPECT_THAT(round_ticks(0, 10, 5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(round_ticks(0.13, 0.57, 4),
              ElementsAre(testing::DoubleNear(0.2, 1e-12), testing::DoubleNear(0.4, 1e-12)));
  EXPECT_THAT(round_ticks(-1, 1, 2), ElementsAre(-1, 0, 1));
  EXPECT_THAT(round_ticks(0, 2.2e-4, 3),
              ElementsAre(0, testing::DoubleNear(1e-4, 1e-16), testing::DoubleNear(2e-4, 1e-16)));
}

TEST(Ticks, OfRangesThatAreNone) {
  EXPECT_TRUE(round_ticks(1, 1, 5).empty());
  EXPECT_TRUE(round_ticks(2, 1, 5).empty());
  EXPECT_TRUE(round_ticks(0, HUGE_VAL, 5).empty());
  EXPECT_TRUE(round_ticks(std::nan(""), 1, 5).empty());
  EXPECT_LE(round_ticks(1e300, std::nextafter(1e300, 2e300), 5).size(), 64U);
  EXPECT_LE(round_ticks(-1e308, 1e308, 5).size(), 64U);
  EXPECT_LE(round_ticks(0, 5e-324, 5).size(), 64U);
}

}  // namespace
}  // namespace fettle::monitor
