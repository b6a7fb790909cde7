// Blocks never overlap, are used again, join their neighbours, and go back to the system.
#include "tensor/memory_pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <random>
#include <thread>
#include <vector>

namespace fettle::tensor {
namespace {

constexpr std::size_t kMega = std::size_t{1} << 20;

TEST(MemoryPool, GivesAlignedBlocksAndNothingForNothing) {
  MemoryPool pool;
  EXPECT_EQ(pool.allocate(0), nullptr);
  pool.release(nullptr);
  for (const std::size_t size : {std::size_t{1}, std::size_t{65}, 3 * kMega, 200 * kMega}) {
    void* const block = pool.allocate(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % MemoryPool::kAlignment, 0U);
    std::memset(block, 1, size);
    pool.release(block);
  }
  EXPECT_EQ(pool.stats().in_use, 0U);
}

TEST(MemoryPool, ASteadyStepAsksTheSystemForNothing) {
  MemoryPool pool;
  const auto step = [&] {
    std::vector<void*> held;
    for (std::size_t i = 0; i < 300; ++i) {
      held.push_back(pool.allocate((i * 7919) % (3 * kMega) + 1));
      if (i % 3 == 2) {
        pool.release(held[i / 2]);
        held[i / 2] = nullptr;
      }
    }
    for (void* const block : held) pool.release(block);
  };
  step();
  const PoolStats first = pool.stats();
  for (int i = 0; i < 5; ++i) step();
  EXPECT_EQ(pool.stats().regions, first.regions);
  EXPECT_EQ(pool.stats().peak_in_use, first.peak_in_use);
}

TEST(MemoryPool, FreeNeighboursServeALargerBlock) {
  MemoryPool pool;
  std::vector<void*> held;
  for (int i = 0; i < 8; ++i) held.push_back(pool.allocate(4 * kMega));
  EXPECT_EQ(pool.stats().regions, 1U);
  for (const std::size_t i : {1U, 3U, 2U, 0U, 7U, 5U, 6U, 4U}) pool.release(held[i]);
  void* const all = pool.allocate(MemoryPool::kRegionSize);
  EXPECT_EQ(pool.stats().regions, 1U);
  pool.release(all);
  pool.trim();
  EXPECT_EQ(pool.stats().reserved, 0U);
}

TEST(MemoryPool, TrimKeepsRegionsInUse) {
  MemoryPool pool;
  void* const kept = pool.allocate(1);
  pool.release(pool.allocate(100 * kMega));
  pool.trim();
  EXPECT_EQ(pool.stats().reserved, MemoryPool::kRegionSize);
  std::memset(kept, 1, 1);
  pool.release(kept);
}

TEST(MemoryPool, SaysWhenThereIsNoMemory) {
  MemoryPool pool;
  EXPECT_THROW((void)pool.allocate(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
  EXPECT_THROW((void)pool.allocate(std::size_t{1} << 60), std::bad_alloc);
  EXPECT_EQ(pool.stats().in_use, 0U);
  pool.release(pool.allocate(10));
}

// Each thread marks its blocks and finds its marks again.
TEST(MemoryPool, BlocksOfThreadsNeverOverlap) {
  MemoryPool pool;
  const auto work = [&](std::uint8_t mark) {
    std::mt19937 draw(mark);
    std::vector<std::pair<std::uint8_t*, std::size_t>> held;
    for (int i = 0; i < 4000; ++i) {
      if (held.size() > 40 || (draw() % 2 == 0 && !held.empty())) {
        std::swap(held[draw() % held.size()], held.back());
        const auto [block, size] = held.back();
        for (std::size_t at = 0; at < size; ++at) ASSERT_EQ(block[at], mark);
        pool.release(block);
        held.pop_back();
      } else {
        const std::size_t size = draw() % 5000 + 1;
        auto* const block = static_cast<std::uint8_t*>(pool.allocate(size));
        std::memset(block, mark, size);
        held.emplace_back(block, size);
      }
    }
    for (const auto& [block, size] : held) pool.release(block);
  };
  std::thread other(work, std::uint8_t{1});
  work(2);
  other.join();
  EXPECT_EQ(pool.stats().in_use, 0U);
}

}  // namespace
}  // namespace fettle::tensor
