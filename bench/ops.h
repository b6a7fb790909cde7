// The table of operations that bench_ops times: each by fettle and by libtorch on the same tensors.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace fettle::bench {

// SmolLM2-135M's block.
struct Sizes {
  std::int64_t tokens = 1024;
  std::int64_t hidden = 576;
  std::int64_t feed_forward = 1536;
  std::int64_t heads = 9;
  std::int64_t kv_heads = 3;
  std::int64_t head_dim = 64;
  std::int64_t vocabulary = 49152;
  std::int64_t rank = 16;
  at::ScalarType dtype = at::kFloat;
};

// Operation and bytes that the work needs at least; one of the two may be 0: not what bounds it.
struct Cost {
  double forward_flops = 0;
  double backward_flops = 0;
  double forward_bytes = 0;
  double backward_bytes = 0;
};

using Forward = std::function<Tensor()>;

// An operation made ready on one set of tensors. backward goes to `leaves`; none: forward alone.
struct Prepared {
  Cost cost;
  std::vector<Tensor> leaves;
  Forward fettle;
  Forward aten;
};

struct OpRow {
  std::string_view name;
  std::string_view help;
  Prepared (*make)(const Sizes& sizes);
};

[[nodiscard]] std::span<const OpRow> ops();

}  // namespace fettle::bench
