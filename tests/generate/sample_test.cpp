// The choice of a token: greedy, cut and drawn as the definitions say.
#include "generate/sample.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "tests/model/support.h"

namespace fettle::generate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kDraws = 20000;

std::vector<float> logits_of(const std::vector<double>& probabilities) {
  std::vector<float> out;
  for (const double p : probabilities) out.push_back(static_cast<float>(std::log(p) + 3.0));
  return out;
}

const std::vector<double> kShares = {0.15, 0.5, 0.1, 0.25};

// Each token's share of many draws lies within five standard errors of `expected`.
void expect_shares(const Sampling& sampling, const std::vector<double>& expected) {
  const std::vector<float> logits = logits_of(kShares);
  std::vector<int> counts(expected.size(), 0);
  for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
    ++counts.at(static_cast<std::size_t>(choose(logits, sampling, draw)));
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = std::sqrt(expected[i] * (1 - expected[i]) / kDraws);
    EXPECT_NEAR(counts[i] / double{kDraws}, expected[i], 5 * error) << "token " << i;
  }
}

TEST(Sample, FollowsTheDistribution) { expect_shares({.temperature = 1.0}, kShares); }

TEST(Sample, FindsTheFirstOfTheBestInALongVocabulary) {
  for (std::size_t best = 0; best < 40; ++best) {
    std::vector<float> logits(40, -2.0F);
    logits[best] = 1.0F;
    logits.back() = 1.0F;
    EXPECT_EQ(choose(logits, {.temperature = 0.0}, 0), static_cast<batch::TokenId>(best));
    logits[best] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW((void)choose(logits, {.temperature = 0.0}, 0), DataError) << best;
  }
}

TEST(Sample, TemperatureIsThePowerOfTheProbabilities) {
  for (const double temperature : {0.5, 2.0}) {
    std::vector<double> expected;
    double total = 0;
    for (const double p : kShares) {
      expected.push_back(std::pow(p, 1 / temperature));
      total += expected.back();
    }
    for (double& p : expected) p /= total;
    expect_shares({.temperature = temperature}, expected);
  }
}

TEST(Sample, TopKKeepsTheLikeliest) {
  expect_shares({.temperature = 1.0, .top_k = 2}, {0, 2.0 / 3, 0, 1.0 / 3});
  expect_shares({.temperature = 1.0, .top_k = 9}, kShares);
}

TEST(Sample, TopPKeepsTheSmallestSetThatReachesIt) {
  expect_shares({.temperature = 1.0, .top_p = 0.7}, {0, 2.0 / 3, 0, 1.0 / 3});
  expect_shares({.temperature = 1.0, .top_p = 0.8}, {0.15 / 0.9, 0.5 / 0.9, 0, 0.25 / 0.9});
  expect_shares({.temperature = 1.0, .top_p = 0.01}, {0, 1, 0, 0});
  // The set is taken among what top_k leaves, its probabilities made to sum to one first.
  expect_shares({.temperature = 1.0, .top_k = 2, .top_p = 0.66}, {0, 1, 0, 0});
}

TEST(Sample, OneCandidateIsGreedy) {
  const Random random(2, "logits");
  for (std::uint64_t round = 0; round < 50; ++round) {
    std::vector<float> logits;
    for (std::uint64_t i = 0; i < 40; ++i) {
      logits.push_back(static_cast<float>(random.normal(round * 40 + i)));
    }
    const auto greedy = choose(logits, {}, 0);
    EXPECT_EQ(choose(logits, {.temperature = 1.5, .top_k = 1}, round), greedy);
    for (std::size_t i = 0; i < logits.size(); ++i) {
      EXPECT_LE(logits[i], logits[static_cast<std::size_t>(greedy)]);
    }
  }
}

TEST(Sample, GreedyTakesTheLowestOfEquals) {
  EXPECT_EQ(choose(std::vector<float>{1, 3, 3, 2}, {}, 0), 1);
}

TEST(Sample, DrawsDependOnSeedAndIndexAlone) {
  const std::vector<float> logits(64, 0.0F);
  const auto series = [&](std::uint64_t seed) {
    std::vector<batch::TokenId> out;
    for (std::uint64_t draw = 0; draw < 30; ++draw) {
      out.push_back(choose(logits, {.temperature = 1.0, .seed = seed}, draw));
    }
    return out;
  };
  EXPECT_EQ(series(1), series(1));
  EXPECT_NE(series(1), series(2));
}

TEST(Sample, RefusesLogitsThatAreNoNumbers) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const double temperature : {0.0, 1.0}) {
    const auto refused = [&](const std::vector<float>& logits) {
      return message_of<DataError>(
          [&] { (void)choose(logits, {.temperature = temperature, .top_p = 0.9}, 0); });
    };
    EXPECT_THAT(refused({kNan, 1, 2}), AllOf(HasSubstr("not finite"), HasSubstr("--dtype")));
    EXPECT_THAT(refused({1, 2, kNan}), HasSubstr("not finite"));
    EXPECT_THAT(refused({1, kNan, 2}), HasSubstr("not finite"));
    EXPECT_THAT(refused({1, kInfinity, 2}), HasSubstr("not finite"));
    EXPECT_THAT(refused({-kInfinity, -kInfinity}), HasSubstr("not finite"));
    EXPECT_THAT(refused({}), HasSubstr("not finite"));
    // Minus infinity alone rules a token out.
    EXPECT_EQ(refused({-kInfinity, 2, -kInfinity}), "no error");
  }
}

TEST(Sample, RefusesSettingsOutOfRange) {
  const auto refused = [](const Sampling& sampling) {
    return message_of<UsageError>([&] { check_sampling(sampling); });
  };
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(refused({}), "no error");
  EXPECT_THAT(refused({.temperature = -1}), HasSubstr("temperature is -1; allowed 0"));
  EXPECT_THAT(refused({.temperature = kNan}), HasSubstr("temperature is"));
  EXPECT_THAT(refused({.top_k = -1}), HasSubstr("top_k is -1"));
  EXPECT_THAT(refused({.top_p = 0}), HasSubstr("top_p is 0"));
  EXPECT_THAT(refused({.top_p = 1.5}), HasSubstr("top_p is 1.5"));
  EXPECT_THAT(refused({.top_p = kNan}), HasSubstr("top_p is"));
}

}  // namespace
}  // namespace fettle::generate
