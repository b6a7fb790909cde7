// Reports as people and programs read them.
#include "evaluate/report.h"

#include <gmock/gmock.h>

#include <limits>

namespace fettle::evaluate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Report labelled_report() {
  Report report;
  report.figures = {
      {"loss", 1.23456, 40, std::nullopt, "nats|token"},
      {"exact_match", 0.75, 4, metric::Interval{0.3006, 0.9544}, "greedy|strip|wilson95|n:4"}};
  report.labels = {"cat", "dog"};
  // Two cats said cat and nothing known, two dogs said dog.
  report.confusion = metric::confusion(std::vector<int>{0, 0, 1, 1},
                                       std::vector<int>{0, metric::kNoClass, 1, 1}, 2);
  report.seconds = 2.5;
  return report;
}

TEST(Report, FindsAFigureByName) {
  const Report report = labelled_report();
  ASSERT_NE(report.find("loss"), nullptr);
  EXPECT_DOUBLE_EQ(report.find("loss")->value, 1.23456);
  EXPECT_EQ(report.find("macro_f1"), nullptr);
}

TEST(Report, JsonHoldsEveryFigureAndTheTable) {
  const Json json = to_json(labelled_report());
  EXPECT_EQ(to_text(json),
            R"({"figures":{"loss":{"value":1.23456,"n":40,"signature":"nats|token"},)"
            R"("exact_match":{"value":0.75,"n":4,"signature":"greedy|strip|wilson95|n:4",)"
            R"("interval":[0.3006,0.9544]}},"seconds":2.5,"labels":["cat","dog"],)"
            R"("confusion":[[1,0,1],[0,2,0]]})");
}

TEST(Report, JsonHasNoNan) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  Report report;
  report.figures = {{"loss", kNan, 0, std::nullopt, "s"},
                    {"macro_f1", 0.5, 0, metric::Interval{kNan, kNan}, "s"}};
  const Json json = to_json(report);
  EXPECT_TRUE(json["figures"]["loss"]["value"].is_null());
  EXPECT_EQ(json["figures"]["macro_f1"]["interval"], Json({nullptr, nullptr}));
  EXPECT_FALSE(json.contains("confusion"));
  EXPECT_THAT(figures_text(report), HasSubstr("-"));
}

TEST(Report, FiguresAreAlignedWithTheirIntervals) {
  EXPECT_EQ(figures_text(labelled_report()),
            "loss                  1.235                       n=40\n"
            "exact_match           75.0% [30.1%, 95.4%]        n=4\n");
}

TEST(Report, BeforeStandsBesideAfter) {
  Report before = labelled_report();
  before.figures[1].value = 0;
  before.figures[1].interval = metric::Interval{0.0, 0.4899};
  before.figures.erase(before.figures.begin());
  const Report after = labelled_report();
  EXPECT_EQ(figures_text(after, &before),
            "                      before                  after\n"
            "loss                                          1.235\n"
            "exact_match           0.0% [0.0%, 49.0%]      75.0% [30.1%, 95.4%]\n");
}

TEST(Report, TheTableShowsTruthDownAndAnswersAcross) {
  EXPECT_EQ(confusion_text(labelled_report()),
            "truth \\   cat   dog other\n"
            "cat         1     .     1\n"
            "dog         .     2     .\n");
  EXPECT_EQ(confusion_text(Report{}), "");
}

TEST(Report, TheTableFitsItsWidth) {
  Report report;
  for (int i = 0; i < 12; ++i) report.labels.push_back(std::string(30, static_cast<char>('a' + i)));
  report.confusion = metric::confusion(std::vector<int>{0, 11}, std::vector<int>{3, 11}, 12);
  const std::string table = confusion_text(report, 80);
  for (std::size_t begin = 0; begin < table.size();) {
    const std::size_t end = table.find('\n', begin);
    EXPECT_LE(end - begin, 80U);
    begin = end + 1;
  }
  EXPECT_THAT(table, HasSubstr("aaa"));
  EXPECT_THAT(table, Not(HasSubstr(std::string(21, 'a'))));
}

}  // namespace
}  // namespace fettle::evaluate
