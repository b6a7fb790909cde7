// Shares of work: all of it once, the slower thread's smaller.
#include "tensor/kernels/cpu/share_out.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace fettle::tensor::cpu {
namespace {

class ShareOut : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override { at::set_num_threads(GetParam()); }
  void TearDown() override { at::set_num_threads(before_); }

 private:
  int before_ = at::get_num_threads();
};

TEST_P(ShareOut, DoesAllOfItOnce) {
  for (const std::int64_t count : {0, 1, 2, 7, 1000}) {
    std::vector<std::atomic<int>> shared(static_cast<std::size_t>(count));
    std::vector<std::atomic<int>> handed(static_cast<std::size_t>(count));
    share_out(count, 1, [&](std::int64_t begin, std::int64_t end) {
      EXPECT_LT(begin, end);
      for (std::int64_t i = begin; i < end; ++i) ++shared[static_cast<std::size_t>(i)];
    });
    hand_out(count, [&](std::int64_t i) { ++handed[static_cast<std::size_t>(i)]; });
    for (std::size_t i = 0; i < shared.size(); ++i) {
      EXPECT_EQ(shared[i], 1) << i << " of " << count;
      EXPECT_EQ(handed[i], 1) << i << " of " << count;
    }
  }
}

TEST_P(ShareOut, LittleWorkStaysWithTheCaller) {
  const auto caller = std::this_thread::get_id();
  share_out(7, 4, [&](std::int64_t begin, std::int64_t end) {
    EXPECT_EQ(begin, 0);
    EXPECT_EQ(end, 7);
    EXPECT_EQ(std::this_thread::get_id(), caller);
  });
}

INSTANTIATE_TEST_SUITE_P(Threads, ShareOut, ::testing::Values(1, 2, 3));

// The second thread takes five times as long for the same: in time it gets less, and never nothing.
TEST(ShareOutSpeeds, TheSlowThreadGetsLess) {
  const int before = at::get_num_threads();
  at::set_num_threads(2);
  const auto caller = std::this_thread::get_id();
  std::int64_t others = 0;
  for (int round = 0; round < 40; ++round) {
    share_out(100, 1, [&](std::int64_t begin, std::int64_t end) {
      const bool other = std::this_thread::get_id() != caller;
      if (other) others = end - begin;
      std::this_thread::sleep_for(std::chrono::microseconds((end - begin) * (other ? 100 : 20)));
    });
  }
  at::set_num_threads(before);
  EXPECT_LT(others, 40);
  EXPECT_GT(others, 5);
}

}  // namespace
}  // namespace fettle::tensor::cpu
