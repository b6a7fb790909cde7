// Grouped-query attention over a tree of segments: a token sees its segment's ancestors whole and
// its own segment up to itself.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "batch/pack.h"
#include "tensor/kernels/cpu/attention.h"
#include "tensor/tensor.h"

namespace fettle::nn {

// How the new tokens of a pack attend, computed once a forward and shared by all layers.
struct AttentionLayout {
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  std::vector<tensor::cpu::AttentionSpan> spans;
  std::int64_t window = 0;
  // On the CPU's kernels a span needs no mask. On libtorch's operators it has one, additive,
  // [queries, sum of lengths], undefined where plain causal will do; or one dense product with a
  // mask [queries, keys] is cheaper than one a span.
  bool by_spans = false;
  std::vector<Tensor> masks;
  Tensor mask;
};

// segments: the whole tree, in key order; tokens before `first_new` are already cached. Segments
// that straddle first_new are continued. wanted: which new tokens ask, counted from first_new,
// strictly rising; empty: all. dtype: the type of the queries. window: how many of the tokens
// before it a token sees at most, itself among them (sliding window, arXiv 2310.06825); 0: all.
[[nodiscard]] AttentionLayout attention_layout(std::span<const batch::Segment> segments,
                                               std::int64_t first_new,
                                               std::span<const std::int32_t> wanted,
                                               at::ScalarType dtype, at::Device device,
                                               std::int64_t window = 0);

// query: [queries, heads, head_dim]; key, value: [keys, kv_heads, head_dim], heads a multiple of
// kv_heads. Scores are scaled by 1/sqrt(head_dim). Returns [queries, heads, head_dim].
[[nodiscard]] Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value,
                            const AttentionLayout& layout);

}  // namespace fettle::nn
