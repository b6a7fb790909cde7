#include "tensor/allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

namespace fettle::tensor {
namespace {

// Never destroyed: tensors with static lifetime give their memory back after main() has ended.
MemoryPool& pool() {
  static auto* const kept = new MemoryPool();
  return *kept;
}

void give_back(void* block) { pool().release(block); }

class PoolAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t size) override {
    void* const block = pool().allocate(size);
    return {block, block, &give_back, c10::Device(c10::DeviceType::CPU)};
  }
  [[nodiscard]] c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, std::size_t count) const override {
    default_copy_data(to, from, count);
  }
};

}  // namespace

void use_memory_pool() {
#if !defined(__SANITIZE_ADDRESS__)
  static auto* const allocator = new PoolAllocator();
  c10::SetCPUAllocator(allocator, /*priority=*/1);
#endif
}

PoolStats memory_stats() { return pool().stats(); }

void reset_memory_peak() { pool().reset_peak(); }

void trim_memory() { pool().trim(); }

}  // namespace fettle::tensor
