#include "nn/attention.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/scaled_dot_product_attention.h>

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace fettle::nn {
namespace {

// A product of its own costs about as much as this many masked scores.
constexpr std::int64_t kRunOverheadScores = 16384;

std::vector<AttentionRun> make_runs(std::span<const batch::Segment> segments,
                                    std::int64_t first_new) {
  std::vector<AttentionRun> runs;
  for (std::size_t index = 0; index < segments.size(); ++index) {
    const batch::Segment& segment = segments[index];
    const std::int64_t end = segment.begin + segment.length;
    if (end <= first_new) continue;
    AttentionRun run;
    const std::int64_t begin = std::max<std::int64_t>(segment.begin, first_new);
    run.query_begin = begin - first_new;
    run.queries = end - begin;
    run.keys.emplace_back(segment.begin, segment.length);
    for (std::int32_t at = segment.parent; at >= 0;
         at = segments[static_cast<std::size_t>(at)].parent) {
      const batch::Segment& ancestor = segments[static_cast<std::size_t>(at)];
      run.keys.emplace_back(ancestor.begin, ancestor.length);
    }
    std::reverse(run.keys.begin(), run.keys.end());
    runs.push_back(std::move(run));
  }
  return runs;
}

std::int64_t key_count(const AttentionRun& run) {
  std::int64_t count = 0;
  for (const auto& [begin, length] : run.keys) count += length;
  return count;
}

// Opens the scores that the run's queries see in rows of a row-major [., row_keys] table. A key's
// column is its index when dense, its place in the run's ranges otherwise.
void open_scores(const AttentionRun& run, float* rows, std::int64_t row_keys, bool dense) {
  for (std::int64_t query = 0; query < run.queries; ++query) {
    float* const row = rows + query * row_keys;
    std::int64_t column = 0;
    for (std::size_t i = 0; i < run.keys.size(); ++i) {
      const auto [begin, length] = run.keys[i];
      const bool own = i + 1 == run.keys.size();
      const std::int64_t visible = own ? length - (run.queries - 1 - query) : length;
      std::fill_n(row + (dense ? begin : column), visible, 0.0F);
      column += length;
    }
  }
}

Tensor closed_mask(std::int64_t queries, std::int64_t keys) {
  return at::full({queries, keys}, -std::numeric_limits<float>::infinity(),
                  at::TensorOptions(at::kFloat));
}

// query: [L, H, E]; key, value: [S, Hkv, E].
Tensor product(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask) {
  const bool grouped = query.size(1) != key.size(1);
  const auto heads_first = [](const Tensor& x) { return x.transpose(0, 1).unsqueeze(0); };
  const Tensor out = at::scaled_dot_product_attention(
      heads_first(query), heads_first(key), heads_first(value),
      mask.defined() ? std::optional<Tensor>(mask) : std::nullopt, /*dropout_p=*/0.0,
      /*is_causal=*/!mask.defined(), /*scale=*/std::nullopt, /*enable_gqa=*/grouped);
  return out.squeeze(0).transpose(0, 1);
}

Tensor gather_keys(const Tensor& source, const AttentionRun& run) {
  if (run.keys.size() == 1) return source.narrow(0, run.keys[0].first, run.keys[0].second);
  std::vector<Tensor> parts;
  parts.reserve(run.keys.size());
  for (const auto& [begin, length] : run.keys) parts.push_back(source.narrow(0, begin, length));
  return at::cat(parts, 0);
}

}  // namespace

AttentionLayout attention_layout(std::span<const batch::Segment> segments, std::int64_t first_new,
                                 at::ScalarType dtype, at::Device device) {
  AttentionLayout layout;
  for (const batch::Segment& segment : segments) {
    layout.keys = std::max<std::int64_t>(layout.keys, segment.begin + segment.length);
  }
  layout.queries = layout.keys - first_new;
  if (layout.queries <= 0) throw InternalError("attention without new tokens");
  layout.runs = make_runs(segments, first_new);
  std::int64_t run_scores = 0;
  for (const AttentionRun& run : layout.runs) {
    run_scores += run.queries * key_count(run) + kRunOverheadScores;
  }
  if (layout.runs.size() > 1 && layout.queries * layout.keys < run_scores) {
    Tensor mask = closed_mask(layout.queries, layout.keys);
    float* const data = mask.mutable_data_ptr<float>();
    for (const AttentionRun& run : layout.runs) {
      open_scores(run, data + run.query_begin * layout.keys, layout.keys, /*dense=*/true);
    }
    layout.mask = mask.to(device, dtype);
    layout.runs.clear();
    return layout;
  }
  for (AttentionRun& run : layout.runs) {
    const std::int64_t keys = key_count(run);
    if (keys == run.queries) continue;  // one whole segment: plain causal
    Tensor mask = closed_mask(run.queries, keys);
    open_scores(run, mask.mutable_data_ptr<float>(), keys, /*dense=*/false);
    run.mask = mask.to(device, dtype);
  }
  return layout;
}

Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value,
              const AttentionLayout& layout) {
  tensor::expect_shape(query, {layout.queries, -1, -1}, "query");
  tensor::expect_shape(key, {layout.keys, -1, -1}, "key");
  if (layout.mask.defined()) return product(query, key, value, layout.mask);
  std::vector<Tensor> parts;
  parts.reserve(layout.runs.size());
  for (const AttentionRun& run : layout.runs) {
    parts.push_back(product(query.narrow(0, run.query_begin, run.queries), gather_keys(key, run),
                            gather_keys(value, run), run.mask));
  }
  return parts.size() == 1 ? parts[0] : at::cat(parts, 0);
}

}  // namespace fettle::nn
