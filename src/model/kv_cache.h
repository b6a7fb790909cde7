// Keys and values of the tokens computed so far, a pair of tensors a layer, growing by doubling.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace fettle::model {

class KvCache {
 public:
  explicit KvCache(std::int64_t layers) : layers_(static_cast<std::size_t>(layers)) {}

  // Tokens held. Appending for layer 0 .. L-1 in turn counts once, when the last layer is done.
  [[nodiscard]] std::int64_t size() const { return size_; }

  // key, value: [new, kv_heads, head_dim]. Returns all [size + new, kv_heads, head_dim].
  [[nodiscard]] std::pair<Tensor, Tensor> append(std::size_t layer, const Tensor& key,
                                                 const Tensor& value);
  // Forgets all tokens from `size` on.
  void truncate(std::int64_t size);

 private:
  struct Pair {
    Tensor key;
    Tensor value;
  };
  std::vector<Pair> layers_;
  std::int64_t size_ = 0;
};

}  // namespace fettle::model
