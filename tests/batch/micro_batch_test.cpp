#include "batch/micro_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "tests/batch/rows.h"

namespace fettle::batch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

using Plan = std::vector<std::vector<std::int64_t>>;

std::vector<const Example*> chosen(const std::vector<Example>& rows,
                                   const std::vector<std::int64_t>& indices) {
  std::vector<const Example*> out;
  for (const std::int64_t i : indices) out.push_back(&rows.at(static_cast<std::size_t>(i)));
  return out;
}

TEST(MicroBatches, CutByRows) {
  const std::vector<Example> rows(7, row_scored_from({1, 2}, 1));
  const Plan plan = plan_micro_batches(pointers(rows), {.rows = 3});
  EXPECT_THAT(plan, ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4, 5), ElementsAre(6)));
  EXPECT_TRUE(plan_micro_batches({}, {.rows = 3}).empty());
}

TEST(MicroBatches, CutByTokensInOrder) {
  std::vector<Example> rows;
  for (const std::size_t n : {3U, 3U, 5U, 12U, 1U, 9U}) {
    rows.push_back(row_scored_from(std::vector<std::int32_t>(n, 1), 1));
  }
  const Plan plan = plan_micro_batches(pointers(rows), {.max_tokens = 10});
  EXPECT_THAT(plan,
              ElementsAre(ElementsAre(0, 1), ElementsAre(2), ElementsAre(3), ElementsAre(4, 5)));
}

TEST(MicroBatches, BringEqualStartsTogether) {
  std::vector<Example> rows;
  for (std::int32_t i = 0; i < 20; ++i) {
    std::vector<std::int32_t> ids(10, i % 2);  // two prompts, taking turns
    ids.push_back(i);
    rows.push_back(row_scored_from(std::move(ids), 10));
  }
  const Plan plan =
      plan_micro_batches(pointers(rows), {.max_tokens = 20, .pack = {.share_prefix = true}});
  ASSERT_EQ(plan.size(), 2U);
  EXPECT_THAT(plan[0], ElementsAre(0, 2, 4, 6, 8, 10, 12, 14, 16, 18));
}

TEST(MicroBatches, HoldEachRowOnceWithinTheLimit) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto rows = random_rows(seed);
    for (const bool share : {false, true}) {
      const MicroBatchOptions options{.max_tokens = 25,
                                      .pack = {.share_prefix = share, .min_shared_length = 3}};
      std::vector<std::int64_t> all;
      for (const auto& part : plan_micro_batches(pointers(rows), options)) {
        ASSERT_FALSE(part.empty());
        if (part.size() > 1) {
          EXPECT_LE(packed_tokens(chosen(rows, part), options.pack), 25);
        }
        all.insert(all.end(), part.begin(), part.end());
      }
      std::sort(all.begin(), all.end());
      ASSERT_EQ(all.size(), rows.size());
      for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i], static_cast<std::int64_t>(i));
      }
    }
  }
}

TEST(MicroBatches, RefuseImpossibleSizes) {
  EXPECT_THAT([] { (void)plan_micro_batches({}, {.rows = 0}); },
              ThrowsMessage<UsageError>(HasSubstr("0 rows and 0 tokens is impossible")));
  EXPECT_THAT([] { (void)plan_micro_batches({}, {.max_tokens = -1}); },
              ThrowsMessage<UsageError>(HasSubstr("-1 tokens is impossible")));
}

}  // namespace
}  // namespace fettle::batch
