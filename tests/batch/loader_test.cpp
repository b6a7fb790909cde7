#include "batch/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"

namespace fettle::batch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Loader, TrainsOnEachRowOnceAnEpoch) {
  const Loader loader(23, {.per_device_train_batch_size = 2,
                           .gradient_accumulation_steps = 3,
                           .num_train_epochs = 3,
                           .seed = 7});
  EXPECT_EQ(loader.rows_per_step(), 6);
  EXPECT_EQ(loader.steps_per_epoch(), 4);
  ASSERT_EQ(loader.total_steps(), 12);
  std::set<std::vector<std::int64_t>> orders;
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    std::vector<std::int64_t> order;
    for (std::int64_t step = 0; step < 4; ++step) {
      const auto rows = loader.step_rows(4 * epoch + step);
      EXPECT_EQ(rows.size(), step < 3 ? 6U : 5U);  // the rest is applied, not dropped
      order.insert(order.end(), rows.begin(), rows.end());
    }
    orders.insert(order);
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < 23; ++i) EXPECT_EQ(order.at(i), static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(orders.size(), 3U) << "each epoch has its own order";
}

TEST(Loader, IsTheSameListFromAnySeekPoint) {
  const LoaderOptions options{.per_device_train_batch_size = 4, .num_train_epochs = 2, .seed = 3};
  std::vector<std::vector<std::int64_t>> whole;
  const Loader first(50, options);
  for (std::int64_t step = 0; step < first.total_steps(); ++step) {
    whole.push_back(first.step_rows(step));
  }
  for (std::int64_t kill = 0; kill < first.total_steps(); ++kill) {
    const Loader resumed(50, options);
    for (std::int64_t step = kill; step < resumed.total_steps(); ++step) {
      ASSERT_EQ(resumed.step_rows(step), whole[static_cast<std::size_t>(step)]);
    }
  }
}

TEST(Loader, OrderDependsOnTheSeedAlone) {
  const LoaderOptions small{.per_device_train_batch_size = 2,
                            .gradient_accumulation_steps = 4,
                            .num_train_epochs = 1,
                            .seed = 11};
  LoaderOptions large = small;
  large.per_device_train_batch_size = 8;
  large.gradient_accumulation_steps = 1;
  LoaderOptions other = small;
  other.seed = 12;
  EXPECT_EQ(Loader(64, small).step_rows(5), Loader(64, large).step_rows(5));
  EXPECT_NE(Loader(64, small).step_rows(5), Loader(64, other).step_rows(5));
}

TEST(Loader, KeepsTheOrderOfTheFileWithoutShuffling) {
  const Loader loader(5,
                      {.per_device_train_batch_size = 3, .num_train_epochs = 2, .shuffle = false});
  EXPECT_THAT(loader.step_rows(0), ElementsAre(0, 1, 2));
  EXPECT_THAT(loader.step_rows(3), ElementsAre(3, 4));
}

TEST(Loader, CountsSteps) {
  const auto steps = [](double epochs, std::int64_t max_steps) {
    return Loader(100, {.per_device_train_batch_size = 10,
                        .num_train_epochs = epochs,
                        .max_steps = max_steps})
        .total_steps();
  };
  EXPECT_EQ(steps(3, 0), 30);
  EXPECT_EQ(steps(1.1, 0), 11);  // 1.1 * 10 is a little over 11 in binary
  EXPECT_EQ(steps(0.25, 0), 3);
  EXPECT_EQ(steps(1e-9, 0), 1);
  EXPECT_EQ(steps(3, 7), 7);
  EXPECT_EQ(steps(-1, 45), 45);
}

TEST(Loader, SaysHowManyEpochsAreDone) {
  const Loader loader(10, {.per_device_train_batch_size = 4, .num_train_epochs = 2});
  EXPECT_DOUBLE_EQ(loader.epoch_at(0), 0);
  EXPECT_DOUBLE_EQ(loader.epoch_at(1), 0.4);
  EXPECT_DOUBLE_EQ(loader.epoch_at(3), 1);
  EXPECT_DOUBLE_EQ(loader.epoch_at(6), 2);
}

// The rows of a step are the same for one, two and three processes, and the ranks share them out.
TEST(Loader, RanksShareAStepOut) {
  const LoaderOptions alone{.per_device_train_batch_size = 2,
                            .gradient_accumulation_steps = 6,
                            .num_train_epochs = 2,
                            .seed = 5};
  const Loader whole(31, alone);
  for (const std::int64_t world : {2, 3}) {
    for (std::int64_t step = 0; step < whole.total_steps(); ++step) {
      std::vector<std::int64_t> all;
      for (std::int64_t rank = 0; rank < world; ++rank) {
        LoaderOptions part = alone;
        part.gradient_accumulation_steps = 6 / world;
        part.ranks = {.world = world, .rank = rank};
        const Loader loader(31, part);
        ASSERT_EQ(loader.step_rows(step), whole.step_rows(step));
        for (const auto& batch : loader.micro_batches(step)) {
          EXPECT_LE(batch.size(), 2U);
          all.insert(all.end(), batch.begin(), batch.end());
        }
      }
      auto expected = whole.step_rows(step);
      std::sort(all.begin(), all.end());
      std::sort(expected.begin(), expected.end());
      EXPECT_EQ(all, expected);
    }
  }
}

TEST(Loader, MicroBatchesOfOneProcessAreTheStepInOrder) {
  const Loader loader(9, {.per_device_train_batch_size = 2,
                          .gradient_accumulation_steps = 2,
                          .num_train_epochs = 1,
                          .shuffle = false});
  EXPECT_THAT(loader.micro_batches(1), ElementsAre(ElementsAre(4, 5), ElementsAre(6, 7)));
  EXPECT_THAT(loader.micro_batches(2), ElementsAre(ElementsAre(8)));
}

TEST(Loader, RefusesWhatCannotRun) {
  const auto make = [](std::int64_t rows, const LoaderOptions& options) {
    return [=] { (void)Loader(rows, options); };
  };
  EXPECT_THAT(make(0, {}), ThrowsMessage<DataError>(HasSubstr("the training set has no rows")));
  EXPECT_THAT(make(1, {.per_device_train_batch_size = 0}),
              ThrowsMessage<UsageError>(HasSubstr("per_device_train_batch_size: 0 is out of")));
  EXPECT_THAT(make(1, {.gradient_accumulation_steps = -2}),
              ThrowsMessage<UsageError>(HasSubstr("gradient_accumulation_steps: -2 is out of")));
  EXPECT_THAT(make(1, {.num_train_epochs = 0}),
              ThrowsMessage<UsageError>(HasSubstr("num_train_epochs: 0 is out of range")));
  EXPECT_THAT(make(1, {.max_steps = std::int64_t{1} << 41}),
              ThrowsMessage<UsageError>(HasSubstr("max_steps: 2199023255552 is out of range")));
  EXPECT_THAT(make(1, {.ranks = {.world = 2, .rank = 2}}),
              ThrowsMessage<UsageError>(HasSubstr("rank: 2 is out of range; allowed are 0 to 1")));
  EXPECT_THAT(make(1, {.ranks = {.world = 0, .rank = 0}}),
              ThrowsMessage<UsageError>(HasSubstr("world size: 0 is out of range")));
  const Loader loader(3, {.per_device_train_batch_size = 3, .num_train_epochs = 1});
  EXPECT_THAT([&] { (void)loader.step_rows(1); },
              ThrowsMessage<InternalError>(HasSubstr("step 1 is outside of the run")));
}

}  // namespace
}  // namespace fettle::batch
