// Sampling, weights and mixing; the stages that use them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "data/balance/resample.h"
#include "data/balance/stages.h"
#include "data/class_weights.h"
#include "tests/data/set_stage_support.h"

namespace fettle::data {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string> kLabels = {"a", "b", "c"};
const std::vector<std::uint64_t> kCounts = {10, 40, 25};

std::vector<std::uint64_t> targets(Sampling sampling, const std::vector<std::string>& strategy,
                                   const std::vector<std::uint64_t>& counts = kCounts) {
  const std::vector<std::string> labels(kLabels.begin(),
                                        kLabels.begin() + static_cast<long>(counts.size()));
  return target_counts(labels, counts, sampling, parse_strategy(strategy));
}

TEST(Resample, StrategiesSetTheCountsOfTheClassesTheyName) {
  EXPECT_THAT(targets(Sampling::kOver, {"auto"}), ElementsAre(40, 40, 40));
  EXPECT_THAT(targets(Sampling::kOver, {"minority"}), ElementsAre(40, 40, 25));
  EXPECT_THAT(targets(Sampling::kOver, {"not minority"}), ElementsAre(10, 40, 40));
  EXPECT_THAT(targets(Sampling::kUnder, {"auto"}), ElementsAre(10, 10, 10));
  EXPECT_THAT(targets(Sampling::kUnder, {"majority"}), ElementsAre(10, 10, 25));
  EXPECT_THAT(targets(Sampling::kUnder, {"not majority"}), ElementsAre(10, 40, 10));
  EXPECT_THAT(targets(Sampling::kOver, {"a=12", "c=30"}), ElementsAre(12, 40, 30));
  EXPECT_THAT(targets(Sampling::kUnder, {"b=0"}), ElementsAre(10, 0, 25));
  EXPECT_THAT(targets(Sampling::kOver, {"0.5"}, {10, 40}), ElementsAre(20, 40));
  EXPECT_THAT(targets(Sampling::kUnder, {"0.5"}, {10, 40}), ElementsAre(10, 20));
}

TEST(Resample, WhatCannotBeIsRefusedWithTheReason) {
  const auto error = [](Sampling sampling, const std::vector<std::string>& strategy) {
    return error_of([&] { static_cast<void>(targets(sampling, strategy)); });
  };
  EXPECT_THAT(error(Sampling::kOver, {"majority"}), HasSubstr("changes nothing"));
  EXPECT_THAT(error(Sampling::kUnder, {"minority"}), HasSubstr("changes nothing"));
  EXPECT_THAT(error(Sampling::kOver, {"0.5"}), HasSubstr("two classes"));
  EXPECT_THAT(error(Sampling::kOver, {"a=3"}), HasSubstr("takes none away"));
  EXPECT_THAT(error(Sampling::kUnder, {"a=30"}), HasSubstr("adds none"));
  EXPECT_THAT(error(Sampling::kOver, {"x=30"}), HasSubstr("unknown label \"x\""));
  EXPECT_THAT(error(Sampling::kOver, {"often"}), HasSubstr("is no strategy"));
  EXPECT_THAT(error(Sampling::kOver, {"1.5"}), HasSubstr("at most 1"));
  EXPECT_THAT(error_of([] {
                static_cast<void>(targets(Sampling::kOver, {"0.1"}, {10, 40}));
              }),
              HasSubstr("can only add to"));
}

TEST(Resample, RowsAreRepeatedOrDrawnUntilTheCountsAreRight) {
  std::vector<std::uint32_t> classes;
  for (std::uint32_t c = 0; c < 3; ++c) classes.insert(classes.end(), kCounts[c], c);
  for (const auto& wanted : std::vector<std::vector<std::uint64_t>>{{40, 40, 40}, {10, 3, 0}}) {
    const auto times = repeats(classes, wanted, 5);
    std::vector<std::uint64_t> made(3, 0);
    for (std::size_t i = 0; i < times.size(); ++i) {
      made[classes[i]] += times[i];
      const bool fewer = wanted[classes[i]] < kCounts[classes[i]];
      EXPECT_TRUE(fewer ? times[i] <= 1 : times[i] >= 1) << i;
    }
    EXPECT_EQ(made, wanted);
    EXPECT_EQ(repeats(classes, wanted, 5), times);
    EXPECT_NE(repeats(classes, wanted, 6), times);
  }
}

TEST(Weights, AreThoseOfTheDefinition) {
  EXPECT_THAT(balanced_weights(kCounts), ElementsAre(DoubleEq(2.5), DoubleEq(0.625), DoubleEq(1)));
  EXPECT_THAT(balanced_weights(std::vector<std::uint64_t>{0, 4, 12}),
              ElementsAre(0, DoubleEq(2), DoubleNear(2.0 / 3, 1e-15)));
}

TEST(Weights, ReweighingMakesClassAndGroupIndependent) {
  const std::vector<std::uint64_t> cells = {30, 10, 20, 40};  // [class][group]
  const auto weights = reweighing(cells, 2);
  std::vector<double> mass(4);
  for (std::size_t i = 0; i < 4; ++i) mass[i] = weights[i] * static_cast<double>(cells[i]);
  EXPECT_NEAR(std::accumulate(mass.begin(), mass.end(), 0.0), 100, 1e-12);
  EXPECT_NEAR(mass[0] / (mass[0] + mass[2]), mass[1] / (mass[1] + mass[3]), 1e-12);
  EXPECT_EQ(reweighing(std::vector<std::uint64_t>{0, 5, 5, 5}, 2)[0], 0);
}

TEST(Mixture, RatesFollowTheTemperatureAndTheCap) {
  const std::vector<std::uint64_t> counts = {100, 10000, 0};
  EXPECT_NEAR(mixture_rates(counts, 1, 0)[0], 100.0 / 10100, 1e-15);
  EXPECT_NEAR(mixture_rates(counts, 2, 0)[0], 10.0 / 110, 1e-15);
  EXPECT_NEAR(mixture_rates(counts, 1, 900)[0], 0.1, 1e-15);
  EXPECT_NEAR(mixture_rates(counts, 1e9, 0)[0], 0.5, 1e-6);
  EXPECT_EQ(mixture_rates(counts, 3, 0)[2], 0);
  EXPECT_THAT(mixture_counts(std::vector<double>{0.5, 0.25, 0.25, 0}, 7), ElementsAre(3, 2, 2, 0));
  EXPECT_THAT(error_of([&] { static_cast<void>(mixture_rates(counts, 0.5, 0)); }),
              HasSubstr("give 1 (by size) or more"));
}

std::vector<Record> labelled(const std::vector<std::pair<std::string, int>>& counts) {
  std::vector<Record> records;
  for (const auto& [label, count] : counts) {
    for (int i = 0; i < count; ++i) {
      Record record;
      record.fields = {{"text", label + std::to_string(i)}, {"label", label}};
      record.source = label == "a" ? 0 : 1;
      records.push_back(record);
    }
  }
  return records;
}

TEST(BalanceStages, ResampleWorksOnItsPartsAlone) {
  auto rows = seen_rows(labelled({{"a", 2}, {"b", 6}, {"a", 3}}));
  for (std::size_t i = 8; i < 11; ++i) rows[i].part = "test";
  const auto decisions = decide("resample", {{"by", "label"}}, rows);
  std::uint64_t made = 0;
  for (const Decision& one : decisions) {
    EXPECT_EQ(one.kind, Decision::Kind::kRepeat);
    EXPECT_LT(one.ordinal, 2U);
    made += one.value - 1;
  }
  EXPECT_EQ(made, 4U);
}

TEST(BalanceStages, MixRepeatsWholeRoundsBeforeItDraws) {
  const auto rows = seen_rows(labelled({{"a", 10}, {"b", 90}}));
  std::vector<std::uint64_t> times(100, 1);
  for (const Decision& one : decide("mix", {{"temperature", 1e9}, {"rows", 100}}, rows)) {
    times[one.ordinal] = one.kind == Decision::Kind::kDrop ? 0 : one.value;
  }
  EXPECT_THAT(std::vector(times.begin(), times.begin() + 10), Each(5U));
  EXPECT_EQ(std::accumulate(times.begin() + 10, times.end(), std::uint64_t{0}), 50U);
}

TEST(BalanceStages, WeightsAreNotedAndWritten) {
  const TestFolder folder;
  const std::string file = (folder.path() / "weights.yaml").native();
  const auto rows = seen_rows(labelled({{"a", 1}, {"b\"", 3}}));
  const auto decisions = decide("class_weights", {{"file", file}}, rows);
  ASSERT_EQ(decisions.size(), 4U);
  EXPECT_EQ(decisions[0].detail, "2");
  EXPECT_EQ(read_file(file), "class_weights:\n  \"a\": 2\n  \"b\\\"\": 0.6666666666666666\n");
}

}  // namespace
}  // namespace fettle::data
