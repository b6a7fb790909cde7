// A thread's memory that begins with a whole cache line: a vector that lies across two lines is
// loaded twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace fettle::tensor::cpu {

template <class T>
class Lines {
 public:
  // Room for `size` numbers, kept and grown from call to call; what stood there may be lost.
  T* at(std::int64_t size) {
    if (size > size_) {
      size_ = 0;
      data_.reset();
      data_.reset(
          static_cast<T*>(::operator new(static_cast<std::size_t>(size) * sizeof(T), kAligned)));
      size_ = size;
    }
    return data_.get();
  }

 private:
  static constexpr std::align_val_t kAligned{64};
  struct Free {
    void operator()(T* data) const { ::operator delete(data, kAligned); }
  };
  std::unique_ptr<T, Free> data_;
  std::int64_t size_ = 0;
};

}  // namespace fettle::tensor::cpu
