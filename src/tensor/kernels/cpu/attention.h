// Attention over segments on the CPU: exact softmax in float32 over the keys that a query sees,
// little computed for those that it does not, no table of all scores. T: float or Bfloat16.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tensor/kernels/cpu/element.h"

namespace fettle::tensor::cpu {

struct KeyRange {
  std::int64_t begin = 0;
  std::int64_t length = 0;
};

// Consecutive queries that see the same ranges of keys. The last range is their own segment, of
// which query i (0-based) sees all but the last (queries - 1 - i) keys, or the first own[i].
struct AttentionSpan {
  std::int64_t query_begin = 0;
  std::int64_t queries = 0;
  std::vector<KeyRange> keys;     // in key order
  std::vector<std::int64_t> own;  // rising; empty where the queries are the segment's last tokens

  // How many keys of its own segment a query sees.
  [[nodiscard]] std::int64_t own_keys(std::int64_t query) const {
    return own.empty() ? keys.back().length - (queries - 1 - query)
                       : own[static_cast<std::size_t>(query)];
  }
};

// query: [queries, heads, dim]; key, value: [keys, kv_heads, dim]; all row-major. Query head h
// reads key head h / (heads / kv_heads).
template <class T>
struct Attention {
  const T* query = nullptr;
  const T* key = nullptr;
  const T* value = nullptr;
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t dim = 0;
  float scale = 1.0F;  // of the scores
  std::span<const AttentionSpan> spans;
  std::int64_t window = 0;  // keys that a query sees at most, the last ones; 0: all
};

// out: [queries, heads, dim]; log_sums: [heads, queries], each query's logarithm of the sum of its
// scores' exponentials, for the backward pass.
template <class T>
void attend(const Attention<T>& attention, T* out, float* log_sums);

// Gradients of the three inputs, given those of the result. They are written, not added.
template <class T>
struct AttentionGradients {
  const T* out;
  const float* log_sums;
  const T* out_gradient;
  T* query;
  T* key;
  T* value;
};
template <class T>
void attend_backward(const Attention<T>& attention, const AttentionGradients<T>& gradients);

}  // namespace fettle::tensor::cpu
