// Memory that is kept when it is given back, in blocks that split and join again: a steady training
// step asks the system for none, and no page is cleared twice. Large regions lie on huge pages
// where the system allows.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace fettle::tensor {

struct PoolStats {
  std::size_t in_use = 0;       // bytes handed out, rounded up to whole blocks
  std::size_t peak_in_use = 0;  // the most that in_use has been
  std::size_t reserved = 0;     // bytes taken from the system
  std::size_t regions = 0;      // times that it was asked
};

// Thread-safe. Best fit among the free blocks, neighbours joined at once.
class MemoryPool {
 public:
  static constexpr std::size_t kAlignment = 64;
  static constexpr std::size_t kRegionSize = std::size_t{32} << 20;

  MemoryPool() = default;
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;
  ~MemoryPool();

  // A block of at least `size` bytes on a 64-byte boundary; null for 0. Throws std::bad_alloc.
  [[nodiscard]] void* allocate(std::size_t size);
  // Takes back what allocate() gave; null is nothing.
  void release(void* block);
  // Gives whole free regions back to the system.
  void trim();

  [[nodiscard]] PoolStats stats() const;
  // Counts peak_in_use anew from what is in use.
  void reset_peak();

 private:
  struct Block {
    std::size_t size;
    std::size_t region;  // where its region begins: blocks of two regions never join
    bool free;
  };
  using Blocks = std::map<std::size_t, Block>;  // by address

  Blocks::iterator reserve(std::size_t size);
  void split(Blocks::iterator block, std::size_t size);
  Blocks::iterator join(Blocks::iterator block);
  void trim_locked();

  mutable std::mutex mutex_;
  Blocks blocks_;
  std::set<std::pair<std::size_t, std::size_t>> free_;  // size, address
  std::map<std::size_t, std::size_t> regions_;          // address, size
  PoolStats stats_;
};

}  // namespace fettle::tensor
