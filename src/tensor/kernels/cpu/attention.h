// Attention over segments on the CPU in float32: exact softmax over the keys that a query sees,
// nothing computed for those that it does not, no table of all scores.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fettle::tensor::cpu {

struct KeyRange {
  std::int64_t begin = 0;
  std::int64_t length = 0;
};

// Consecutive queries that see the same ranges of keys. The last range is their own segment, of
// which query i (0-based) sees all but the last (queries - 1 - i) keys.
struct AttentionSpan {
  std::int64_t query_begin = 0;
  std::int64_t queries = 0;
  std::vector<KeyRange> keys;  // in key order
};

// query: [queries, heads, dim]; key, value: [keys, kv_heads, dim]; all row-major. Query head h
// reads key head h / (heads / kv_heads).
struct Attention {
  const float* query = nullptr;
  const float* key = nullptr;
  const float* value = nullptr;
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t dim = 0;
  float scale = 1.0F;  // of the scores
  std::span<const AttentionSpan> spans;
};

// out: [queries, heads, dim]; log_sums: [heads, queries], each query's logarithm of the sum of its
// scores' exponentials, for the backward pass.
void attend(const Attention& attention, float* out, float* log_sums);

// Gradients of the three inputs, given those of the result. They are written, not added.
struct AttentionGradients {
  const float* out;
  const float* log_sums;
  const float* out_gradient;
  float* query;
  float* key;
  float* value;
};
void attend_backward(const Attention& attention, const AttentionGradients& gradients);

}  // namespace fettle::tensor::cpu
