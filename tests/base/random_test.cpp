#include "base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace fettle {
namespace {

// Known answers of Random123's kat_vectors for philox4x32, 10 rounds.
TEST(Philox, EqualsThePublishedVectors) {
  using Four = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Permutation, VisitsEachIndexOnce) {
  for (const std::uint64_t size : {1ULL, 2ULL, 3ULL, 7ULL, 64ULL, 1000ULL}) {
    const Permutation order(size, 42, "epoch-0");
    std::vector<int> seen(size, 0);
    for (std::uint64_t i = 0; i < size; ++i) ++seen.at(order(i));
    for (const int count : seen) EXPECT_EQ(count, 1);
  }
}

TEST(Permutation, DependsOnSeedAndStream) {
  const Permutation a(1000, 1, "epoch-0");
  const Permutation b(1000, 1, "epoch-1");
  const Permutation c(1000, 2, "epoch-0");
  int same_ab = 0;
  int same_ac = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    same_ab += a(i) == b(i) ? 1 : 0;
    same_ac += a(i) == c(i) ? 1 : 0;
  }
  EXPECT_LT(same_ab, 10);
  EXPECT_LT(same_ac, 10);
}

TEST(Random, IsUniformAndNormal) {
  const Random random(7, "test");
  double sum = 0;
  double normal_sum = 0;
  double normal_squares = 0;
  constexpr int kCount = 100'000;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const double u = random.uniform(i);
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    const double n = random.normal(i);
    normal_sum += n;
    normal_squares += n * n;
  }
  EXPECT_NEAR(sum / kCount, 0.5, 0.005);
  EXPECT_NEAR(normal_sum / kCount, 0.0, 0.015);
  EXPECT_NEAR(normal_squares / kCount, 1.0, 0.02);
  EXPECT_LT(random.below(3, 10), 10U);
}

}  // namespace
}  // namespace fettle
