#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "data/annotate/queue.h"

namespace fettle::data {
namespace {

using ::testing::ElementsAre;

TEST(Uncertainty, OfItsFormulas) {
  const double scores[] = {0.6, 0.3, 0.1};
  EXPECT_NEAR(uncertainty_of(scores, "least_confidence"), 0.4 * 3 / 2, 1e-12);
  EXPECT_NEAR(uncertainty_of(scores, "margin"), 0.7, 1e-12);
  const double entropy = -(0.6 * std::log(0.6) + 0.3 * std::log(0.3) + 0.1 * std::log(0.1));
  EXPECT_NEAR(uncertainty_of(scores, "entropy"), entropy / std::log(3), 1e-12);
  for (const char* const measure : {"least_confidence", "margin", "entropy"}) {
    const double even[] = {0.25, 0.25, 0.25, 0.25};
    const double sure[] = {1, 0};
    const double nan[] = {NAN, NAN};
    EXPECT_NEAR(uncertainty_of(even, measure), 1, 1e-12) << measure;
    EXPECT_NEAR(uncertainty_of(sure, measure), 0, 1e-12) << measure;
    EXPECT_EQ(uncertainty_of(nan, measure), 1) << measure;
    EXPECT_EQ(uncertainty_of({}, measure), 1) << measure;
  }
}

Queue make(std::vector<std::string> texts, QueueOptions options,
           const std::vector<double>& uncertainties = {}) {
  std::vector<QueueRow> rows(texts.size());
  for (std::size_t i = 0; i < uncertainties.size(); ++i) rows[i].uncertainty = uncertainties[i];
  return {options, rows,
          [texts](std::int64_t row) { return texts[static_cast<std::size_t>(row)]; }};
}

std::vector<std::int64_t> order(Queue& queue, std::int64_t annotator) {
  std::vector<std::int64_t> out;
  while (const auto row = queue.next(annotator, 0)) {
    out.push_back(*row);
    queue.answered(*row, annotator);
  }
  return out;
}

TEST(Queue, TakesTheUncertainFirst) {
  Queue queue = make({"a", "b", "c", "d"}, {.uncertainty_weight = 1}, {0.1, 0.9, 0.4, 0.7});
  EXPECT_THAT(order(queue, 1), ElementsAre(1, 3, 2, 0));
}

TEST(Queue, TakesWhatDiffersFromWhatWasSeen) {
  Queue queue = make({"red fox", "red fox runs", "red foxes run", "stock market news"},
                     {.uncertainty_weight = 0}, {});
  const auto rows = order(queue, 1);
  ASSERT_EQ(rows.size(), 4U);
  // The odd one out is among the first two, whichever was drawn first.
  EXPECT_TRUE(rows[0] == 3 || rows[1] == 3);
}

TEST(Queue, WeighsBothByTheStatedFormula) {
  // After row 0: row 1 scores 0.5 * 0.8 + 0.5 * (1 - 1), row 2 scores 0.5 * 0.1 + 0.5 * (1 - 0).
  Queue queue =
      make({"same words", "same words", "others"}, {.uncertainty_weight = 0.5}, {1.0, 0.8, 0.1});
  EXPECT_THAT(order(queue, 1), ElementsAre(0, 2, 1));
}

TEST(Queue, IsAFunctionOfTheSeed) {
  const std::vector<std::string> texts(40, "the same");
  Queue a = make(texts, {.seed = 1});
  Queue b = make(texts, {.seed = 1});
  Queue c = make(texts, {.seed = 2});
  const auto first = order(a, 1);
  EXPECT_EQ(first, order(b, 1));
  EXPECT_NE(first, order(c, 1));
}

TEST(Queue, KeepsARowUntilItIsAnswered) {
  Queue queue = make({"a", "b"}, {});
  const auto row = queue.next(1, 0);
  EXPECT_EQ(queue.next(1, 1), row);
  EXPECT_NE(queue.next(2, 1), row);
}

TEST(Queue, GivesAHeldRowAwayWhenItsTimeIsOver) {
  Queue queue = make({"a"}, {});
  EXPECT_EQ(queue.next(1, 0), 0);
  EXPECT_EQ(queue.next(2, 1), std::nullopt);
  EXPECT_EQ(queue.next(2, kLeaseSeconds + 1), 0);
  EXPECT_EQ(queue.next(1, kLeaseSeconds + 2), std::nullopt);
}

TEST(Queue, FinishesBegunRowsFirst) {
  Queue queue = make({"a", "b", "c", "d", "e"}, {.annotators_per_row = 2});
  const auto first = order(queue, 1);
  EXPECT_EQ(first.size(), 5U);
  EXPECT_EQ(order(queue, 2), first);
  EXPECT_EQ(queue.next(3, 0), std::nullopt);
}

TEST(Queue, OverlapsInTheStatedShare) {
  Queue queue = make(std::vector<std::string>(1000, "x"),
                     {.annotators_per_row = 3, .overlap = 0.2, .seed = 5});
  std::int64_t many = 0;
  for (std::int64_t row = 0; row < 1000; ++row) many += queue.wanted(row) == 3 ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(many), 200, 50);
  EXPECT_EQ(order(queue, 1).size(), 1000U);
  EXPECT_EQ(static_cast<std::int64_t>(order(queue, 2).size()), many);
  EXPECT_EQ(static_cast<std::int64_t>(order(queue, 3).size()), many);
}

TEST(Queue, GivesARowBackAfterUndo) {
  Queue queue = make({"a", "b"}, {});
  const auto row = queue.next(1, 0);
  queue.answered(*row, 1);
  queue.unanswered(*row, 1, 0);
  EXPECT_EQ(queue.next(2, 0) == row, false);
  EXPECT_EQ(queue.next(1, 0), row);
}

TEST(Queue, ReachesRowsBehindThePool) {
  const std::size_t rows = kPool + 50;
  Queue queue(QueueOptions{}, std::vector<QueueRow>(rows), [](std::int64_t) { return ""; });
  std::set<std::int64_t> seen;
  // Ending rows in bulk keeps this quick: the pool is exhausted without comparing.
  for (std::size_t i = 0; i < rows; ++i) {
    queue.answered(static_cast<std::int64_t>(i), 1);
    if (i % 1000 != 0 || i == 0) continue;
    const auto row = queue.next(2, 0);
    ASSERT_TRUE(row);
    queue.answered(*row, 2);
    seen.insert(*row);
  }
  EXPECT_EQ(queue.next(2, 0), std::nullopt);
  EXPECT_EQ(seen.size(), (rows - 1) / 1000);
}

}  // namespace
}  // namespace fettle::data
