#include "data/prepare/over_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fettle::data::prepare {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(OverTime, MonthsStandOneByOneWithTheirGaps) {
  const Histogram bins = over_time({{"2023-11", 5}, {"2024-02", 2}}, {{"2023-11", 4}});
  EXPECT_THAT(bins.before, ElementsAre(5, 0, 0, 2));
  EXPECT_THAT(bins.after, ElementsAre(4, 0, 0, 0));
  EXPECT_THAT(bins.ticks, ElementsAre("2023-11", "", "2024-01", ""));
  EXPECT_EQ(bins.axis, "month");
}

TEST(OverTime, YearsWhereMonthsAreTooManyOrNotKnown) {
  const Histogram far = over_time({{"2019-12", 1}, {"2023-01", 2}, {"2023-05", 3}}, Json::object());
  EXPECT_THAT(far.before, ElementsAre(1, 0, 0, 0, 5));
  EXPECT_EQ(far.axis, "year");
  EXPECT_EQ(far.ticks[0], "2019");
  const Histogram mixed = over_time({{"2023", 1}, {"2023-05", 3}, {"(others)", 9}}, {{"2024", 1}});
  EXPECT_THAT(mixed.before, ElementsAre(4, 0));
  EXPECT_THAT(mixed.after, ElementsAre(0, 1));
  EXPECT_THAT(over_time({{"1000", 1}, {"2024", 1}}, Json::object()).before, SizeIs(2));
  EXPECT_THAT(over_time(Json::object(), Json::object()).ticks, SizeIs(0));
}

}  // namespace
}  // namespace fettle::data::prepare
