#include "metric/classification.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace fettle::metric {
namespace {

// Two classes: 3 true 0 answered 0, 1 as 1, 2 true 1 answered 0, 4 as 1.
Confusion two_by_two() {
  const std::vector<int> truth = {0, 0, 0, 0, 1, 1, 1, 1, 1, 1};
  const std::vector<int> answers = {0, 0, 0, 1, 0, 0, 1, 1, 1, 1};
  return confusion(truth, answers, 2);
}

TEST(Classification, CountsByTruthAndAnswer) {
  const Confusion table = two_by_two();
  EXPECT_EQ(table.at(0, 0), 3);
  EXPECT_EQ(table.at(0, 1), 1);
  EXPECT_EQ(table.at(1, 0), 2);
  EXPECT_EQ(table.at(1, 1), 4);
  EXPECT_EQ(table.at(1, 2), 0);
  EXPECT_EQ(table.rows(), 10);
  EXPECT_EQ(table.answers(1), 5);
}

TEST(Classification, MatchesTheClosedForms) {
  const Confusion table = two_by_two();
  EXPECT_DOUBLE_EQ(accuracy(table), 0.7);
  EXPECT_DOUBLE_EQ(balanced_accuracy(table), (3.0 / 4 + 4.0 / 6) / 2);
  EXPECT_DOUBLE_EQ(matthews(table), (3.0 * 4 - 1 * 2) / std::sqrt(5.0 * 4 * 6 * 5));
  const ClassReport report = class_report(table);
  EXPECT_DOUBLE_EQ(report.classes[1].precision, 4.0 / 5);
  EXPECT_DOUBLE_EQ(report.classes[1].recall, 4.0 / 6);
  EXPECT_DOUBLE_EQ(report.classes[1].f1, 8.0 / 11);
  EXPECT_DOUBLE_EQ(report.classes[0].f1, 6.0 / 9);
  EXPECT_DOUBLE_EQ(report.macro.f1, (8.0 / 11 + 6.0 / 9) / 2);
  EXPECT_DOUBLE_EQ(report.weighted.f1, (6 * 8.0 / 11 + 4 * 6.0 / 9) / 10);
  EXPECT_DOUBLE_EQ(report.micro.f1, 0.7);
  EXPECT_EQ(report.support, (std::vector<std::int64_t>{4, 6}));
}

TEST(Classification, MatchesScikitLearnsMatthews) {
  const std::vector<int> truth = {1, 1, 0, 0, 1};
  const std::vector<int> answers = {1, 0, 0, 1, 1};
  EXPECT_NEAR(matthews(confusion(truth, answers, 2)), 0.16666666666666666, 1e-15);
}

TEST(Classification, AnAnswerOfNoClassIsWrongAndNobodysFalsePositive) {
  const std::vector<int> truth = {0, 0, 1};
  const std::vector<int> answers = {0, kNoClass, 1};
  const Confusion table = confusion(truth, answers, 2);
  EXPECT_EQ(table.at(0, 2), 1);
  EXPECT_EQ(table.answers(2), 1);
  EXPECT_DOUBLE_EQ(accuracy(table), 2.0 / 3);
  const ClassReport report = class_report(table);
  EXPECT_DOUBLE_EQ(report.classes[0].precision, 1);
  EXPECT_DOUBLE_EQ(report.classes[0].recall, 0.5);
  EXPECT_DOUBLE_EQ(report.classes[1].f1, 1);
  EXPECT_DOUBLE_EQ(report.micro.precision, 1);
  EXPECT_DOUBLE_EQ(report.micro.recall, 2.0 / 3);
}

TEST(Classification, DividesByNothingToZero) {
  const std::vector<int> truth = {0, 0};
  const std::vector<int> answers = {0, 0};
  const Confusion one = confusion(truth, answers, 3);
  EXPECT_EQ(matthews(one), 0);
  EXPECT_EQ(class_report(one).classes[2].f1, 0);
  EXPECT_DOUBLE_EQ(class_report(one).macro.f1, 1.0 / 3);
  EXPECT_DOUBLE_EQ(class_report(one).weighted.f1, 1);
  EXPECT_DOUBLE_EQ(balanced_accuracy(one), 1);

  const Confusion none = confusion({}, {}, 2);
  EXPECT_TRUE(std::isnan(accuracy(none)));
  EXPECT_TRUE(std::isnan(balanced_accuracy(none)));
  EXPECT_EQ(matthews(none), 0);
  EXPECT_EQ(class_report(none).weighted.f1, 0);
  EXPECT_EQ(class_report(confusion({}, {}, 0)).macro.f1, 0);
}

TEST(Classification, RefusesWhatIsNoTable) {
  const std::vector<int> two = {0, 1};
  const std::vector<int> one = {0};
  const std::vector<int> large = {0, 2};
  const std::vector<int> unknown = {0, kNoClass};
  EXPECT_THROW(static_cast<void>(confusion(two, one, 2)), InternalError);
  EXPECT_THROW(static_cast<void>(confusion(two, large, 2)), InternalError);
  EXPECT_THROW(static_cast<void>(confusion(large, two, 2)), InternalError);
  EXPECT_THROW(static_cast<void>(confusion(unknown, two, 2)), InternalError);
}

}  // namespace
}  // namespace fettle::metric
