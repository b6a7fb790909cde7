#include "tensor/memory_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>
#include <new>

namespace fettle::tensor {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
// A smaller rest of a block stays with it.
constexpr std::size_t kLeastRest = 256;

std::size_t rounded(std::size_t size, std::size_t unit) {
  const std::size_t out = (size + unit - 1) / unit * unit;
  if (out < size) throw std::bad_alloc();
  return out;
}

// mmap gives pages of 4 KiB anywhere; the region begins at the first huge page inside.
std::size_t map_region(std::size_t size) {
  const std::size_t whole = size + kHugePage;
  if (whole < size) return 0;
  void* const mapped =
      ::mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return 0;
  const auto begin = reinterpret_cast<std::size_t>(mapped);
  const std::size_t region = rounded(begin, kHugePage);
  if (region > begin) ::munmap(mapped, region - begin);
  const std::size_t rest = begin + whole - (region + size);
  if (rest > 0) ::munmap(reinterpret_cast<void*>(region + size), rest);
  // Where huge pages are off, this fails and small pages serve.
  (void)::madvise(reinterpret_cast<void*>(region), size, MADV_HUGEPAGE);
  return region;
}

}  // namespace

MemoryPool::~MemoryPool() {
  for (const auto& [address, size] : regions_) ::munmap(reinterpret_cast<void*>(address), size);
}

void* MemoryPool::allocate(std::size_t size) {
  if (size == 0) return nullptr;
  const std::size_t wanted = rounded(size, kAlignment);
  const std::lock_guard lock(mutex_);
  const auto fit = free_.lower_bound({wanted, 0});
  const auto block = fit != free_.end() ? blocks_.find(fit->second) : reserve(wanted);
  free_.erase({block->second.size, block->first});
  block->second.free = false;
  split(block, wanted);
  stats_.in_use += block->second.size;
  stats_.peak_in_use = std::max(stats_.peak_in_use, stats_.in_use);
  return reinterpret_cast<void*>(block->first);
}

void MemoryPool::release(void* block) {
  if (block == nullptr) return;
  const std::lock_guard lock(mutex_);
  auto at = blocks_.find(reinterpret_cast<std::size_t>(block));
  stats_.in_use -= at->second.size;
  at->second.free = true;
  at = join(at);
  free_.emplace(at->second.size, at->first);
}

void MemoryPool::trim() {
  const std::lock_guard lock(mutex_);
  trim_locked();
}

void MemoryPool::reset_peak() {
  const std::lock_guard lock(mutex_);
  stats_.peak_in_use = stats_.in_use;
}

PoolStats MemoryPool::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

// A new region as one free block; what is free elsewhere goes back first if the system has no more.
MemoryPool::Blocks::iterator MemoryPool::reserve(std::size_t size) {
  const std::size_t region_size = rounded(std::max(size, kRegionSize), kHugePage);
  std::size_t region = map_region(region_size);
  if (region == 0) {
    trim_locked();
    region = map_region(region_size);
  }
  if (region == 0) throw std::bad_alloc();
  regions_.emplace(region, region_size);
  stats_.reserved += region_size;
  ++stats_.regions;
  free_.emplace(region_size, region);
  return blocks_.emplace(region, Block{region_size, region, true}).first;
}

void MemoryPool::split(Blocks::iterator block, std::size_t size) {
  const std::size_t rest = block->second.size - size;
  if (rest < kLeastRest) return;
  block->second.size = size;
  const std::size_t at = block->first + size;
  blocks_.emplace_hint(std::next(block), at, Block{rest, block->second.region, true});
  free_.emplace(rest, at);
}

MemoryPool::Blocks::iterator MemoryPool::join(Blocks::iterator block) {
  const auto next = std::next(block);
  if (next != blocks_.end() && next->second.free && next->second.region == block->second.region) {
    free_.erase({next->second.size, next->first});
    block->second.size += next->second.size;
    blocks_.erase(next);
  }
  if (block == blocks_.begin()) return block;
  const auto before = std::prev(block);
  if (!before->second.free || before->second.region != block->second.region) return block;
  free_.erase({before->second.size, before->first});
  before->second.size += block->second.size;
  blocks_.erase(block);
  return before;
}

void MemoryPool::trim_locked() {
  for (auto region = regions_.begin(); region != regions_.end();) {
    const auto block = blocks_.find(region->first);
    if (!block->second.free || block->second.size != region->second) {
      ++region;
      continue;
    }
    ::munmap(reinterpret_cast<void*>(region->first), region->second);
    stats_.reserved -= region->second;
    free_.erase({block->second.size, block->first});
    blocks_.erase(block);
    region = regions_.erase(region);
  }
}

}  // namespace fettle::tensor
