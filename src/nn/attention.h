// Grouped-query attention over a tree of segments: a token sees its segment's ancestors whole and
// its own segment up to itself.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "batch/pack.h"
#include "tensor/tensor.h"

namespace fettle::nn {

// Which keys the queries of one run of tokens see. Ranges are in key order; the last one is the
// run's own segment, of which query i (0-based) sees all but the last (queries - 1 - i) keys.
struct AttentionRun {
  std::int64_t query_begin = 0;
  std::int64_t queries = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> keys;  // begin, length
  Tensor mask;  // [queries, sum of lengths] additive; undefined where plain causal will do
};

// How the new tokens of a pack attend, computed once a forward and shared by all layers.
struct AttentionLayout {
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  Tensor mask;                     // [queries, keys] additive, when one dense product is cheaper
  std::vector<AttentionRun> runs;  // else one product a run
};

// segments: the whole tree, in key order; tokens before `first_new` are already cached. Segments
// that straddle first_new are continued. dtype: the type of the queries.
[[nodiscard]] AttentionLayout attention_layout(std::span<const batch::Segment> segments,
                                               std::int64_t first_new, at::ScalarType dtype,
                                               at::Device device);

// query: [queries, heads, head_dim]; key, value: [keys, kv_heads, head_dim], heads a multiple of
// kv_heads. Scores are scaled by 1/sqrt(head_dim). Returns [queries, heads, head_dim].
[[nodiscard]] Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value,
                            const AttentionLayout& layout);

}  // namespace fettle::nn
