#include "nn/attention.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "tensor/on_kernels.h"

namespace fettle::nn {
namespace {

using tensor::cpu::AttentionSpan;

// A product of its own costs about as much as this many masked scores.
constexpr std::int64_t kSpanOverheadScores = 16384;

std::vector<AttentionSpan> make_spans(std::span<const batch::Segment> segments,
                                      std::int64_t first_new) {
  std::vector<AttentionSpan> spans;
  for (std::size_t index = 0; index < segments.size(); ++index) {
    const batch::Segment& segment = segments[index];
    const std::int64_t end = segment.begin + segment.length;
    if (end <= first_new) continue;
    AttentionSpan span;
    const std::int64_t begin = std::max<std::int64_t>(segment.begin, first_new);
    span.query_begin = begin - first_new;
    span.queries = end - begin;
    span.keys.push_back({segment.begin, segment.length});
    for (std::int32_t at = segment.parent; at >= 0;
         at = segments[static_cast<std::size_t>(at)].parent) {
      const batch::Segment& ancestor = segments[static_cast<std::size_t>(at)];
      span.keys.push_back({ancestor.begin, ancestor.length});
    }
    std::reverse(span.keys.begin(), span.keys.end());
    spans.push_back(std::move(span));
  }
  return spans;
}

// The spans of the wanted queries alone, which are numbered anew.
std::vector<AttentionSpan> pick_queries(std::vector<AttentionSpan> spans,
                                        std::span<const std::int32_t> wanted) {
  std::vector<AttentionSpan> out;
  std::size_t next = 0;
  for (AttentionSpan& span : spans) {
    const std::size_t first = next;
    const std::int64_t end = span.query_begin + span.queries;
    const std::int64_t cached = span.keys.back().length - span.queries;
    for (; next < wanted.size() && wanted[next] < end; ++next) {
      span.own.push_back(cached + wanted[next] - span.query_begin + 1);
    }
    if (next == first) continue;
    span.query_begin = static_cast<std::int64_t>(first);
    span.queries = static_cast<std::int64_t>(next - first);
    out.push_back(std::move(span));
  }
  if (next != wanted.size()) throw InternalError("attention: wanted tokens that are not new");
  return out;
}

std::int64_t key_count(const AttentionSpan& span) {
  std::int64_t count = 0;
  for (const auto& [begin, length] : span.keys) count += length;
  return count;
}

// Opens the scores that the span's queries see in rows of a row-major [., row_keys] table. A key's
// column is its index when dense, its place in the span's ranges otherwise.
void open_scores(const AttentionSpan& span, std::int64_t window, float* rows, std::int64_t row_keys,
                 bool dense) {
  const std::int64_t before = key_count(span) - span.keys.back().length;
  for (std::int64_t query = 0; query < span.queries; ++query) {
    float* const row = rows + query * row_keys;
    const std::int64_t end = before + span.own_keys(query);
    const std::int64_t begin = window > 0 ? std::max<std::int64_t>(0, end - window) : 0;
    std::int64_t column = 0;
    for (const auto& [first, length] : span.keys) {
      const std::int64_t from = std::clamp(begin - column, std::int64_t{0}, length);
      const std::int64_t to = std::clamp(end - column, std::int64_t{0}, length);
      if (from < to) std::fill_n(row + (dense ? first : column) + from, to - from, 0.0F);
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

Tensor gather_keys(const Tensor& source, const AttentionSpan& span) {
  if (span.keys.size() == 1) return source.narrow(0, span.keys[0].begin, span.keys[0].length);
  std::vector<Tensor> parts;
  parts.reserve(span.keys.size());
  for (const auto& [begin, length] : span.keys) parts.push_back(source.narrow(0, begin, length));
  return at::cat(parts, 0);
}

// Keeps the inputs, the result and a number a query and head; the shares are computed again.
class SpanAttention : public torch::autograd::Function<SpanAttention> {
 public:
  struct Seen : torch::CustomClassHolder {
    std::vector<AttentionSpan> spans;
    std::int64_t window = 0;
  };

  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& query,
                        const Tensor& key, const Tensor& value, const AttentionLayout& layout) {
    auto kept = c10::make_intrusive<Seen>();
    kept->spans = layout.spans;
    kept->window = layout.window;
    Tensor out = at::empty_like(query);
    Tensor log_sums = at::empty({query.size(1), query.size(0)}, at::TensorOptions(at::kFloat));
    tensor::by_element(query.scalar_type(), [&]<class T>(T) {
      tensor::cpu::attend(described<T>(query, key, value, *kept), tensor::mutable_data_of<T>(out),
                          log_sums.mutable_data_ptr<float>());
    });
    context->save_for_backward({query, key, value, out, log_sums});
    context->saved_data["seen"] = c10::IValue::make_capsule(std::move(kept));
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const auto kept = context->saved_data["seen"].toCapsule();
    const Seen& seen = static_cast<const Seen&>(*kept);
    const Tensor gradient = gradients[0].contiguous();
    torch::autograd::variable_list out = {at::empty_like(saved[0]), at::empty_like(saved[1]),
                                          at::empty_like(saved[2]), Tensor()};
    tensor::by_element(gradient.scalar_type(), [&]<class T>(T) {
      tensor::cpu::attend_backward<T>(
          described<T>(saved[0], saved[1], saved[2], seen),
          {tensor::data_of<T>(saved[3]), saved[4].const_data_ptr<float>(),
           tensor::data_of<T>(gradient), tensor::mutable_data_of<T>(out[0]),
           tensor::mutable_data_of<T>(out[1]), tensor::mutable_data_of<T>(out[2])});
    });
    return out;
  }

 private:
  template <class T>
  static tensor::cpu::Attention<T> described(const Tensor& query, const Tensor& key,
                                             const Tensor& value, const Seen& seen) {
    const auto dim = static_cast<double>(query.size(2));
    return {tensor::data_of<T>(query),
            tensor::data_of<T>(key),
            tensor::data_of<T>(value),
            query.size(0),
            key.size(0),
            query.size(1),
            key.size(1),
            query.size(2),
            static_cast<float>(1.0 / std::sqrt(dim)),
            seen.spans,
            seen.window};
  }
};

void make_masks(AttentionLayout& layout, at::ScalarType dtype, at::Device device) {
  std::int64_t span_scores = 0;
  for (const AttentionSpan& span : layout.spans) {
    span_scores += span.queries * key_count(span) + kSpanOverheadScores;
  }
  if (layout.spans.size() > 1 && layout.queries * layout.keys < span_scores) {
    Tensor mask = closed_mask(layout.queries, layout.keys);
    float* const data = mask.mutable_data_ptr<float>();
    for (const AttentionSpan& span : layout.spans) {
      open_scores(span, layout.window, data + span.query_begin * layout.keys, layout.keys,
                  /*dense=*/true);
    }
    layout.mask = mask.to(device, dtype);
    return;
  }
  for (const AttentionSpan& span : layout.spans) {
    const std::int64_t keys = key_count(span);
    Tensor& mask = layout.masks.emplace_back();
    // One whole segment is plain causal.
    const bool all = layout.window == 0 || layout.window >= keys;
    if (all && keys == span.queries && span.own.empty()) continue;
    mask = closed_mask(span.queries, keys);
    open_scores(span, layout.window, mask.mutable_data_ptr<float>(), keys, /*dense=*/false);
    mask = mask.to(device, dtype);
  }
}

}  // namespace

AttentionLayout attention_layout(std::span<const batch::Segment> segments, std::int64_t first_new,
                                 std::span<const std::int32_t> wanted, at::ScalarType dtype,
                                 at::Device device, std::int64_t window) {
  AttentionLayout layout;
  layout.window = window;
  for (const batch::Segment& segment : segments) {
    layout.keys = std::max<std::int64_t>(layout.keys, segment.begin + segment.length);
  }
  layout.queries = layout.keys - first_new;
  if (layout.queries <= 0) throw InternalError("attention without new tokens");
  layout.spans = make_spans(segments, first_new);
  if (!wanted.empty()) {
    layout.spans = pick_queries(std::move(layout.spans), wanted);
    layout.queries = std::ssize(wanted);
  }
  layout.by_spans = tensor::on_kernels(device, dtype);
  if (!layout.by_spans) make_masks(layout, dtype, device);
  return layout;
}

Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value,
              const AttentionLayout& layout) {
  tensor::expect_shape(query, {layout.queries, -1, -1}, "query");
  tensor::expect_shape(key, {layout.keys, -1, -1}, "key");
  if (layout.by_spans) {
    return SpanAttention::apply(query.contiguous(), key.contiguous(), value.contiguous(), layout);
  }
  if (layout.mask.defined()) return product(query, key, value, layout.mask);
  std::vector<Tensor> parts;
  parts.reserve(layout.spans.size());
  for (std::size_t i = 0; i < layout.spans.size(); ++i) {
    const AttentionSpan& span = layout.spans[i];
    parts.push_back(product(query.narrow(0, span.query_begin, span.queries), gather_keys(key, span),
                            gather_keys(value, span), layout.masks[i]));
  }
  return parts.size() == 1 ? parts[0] : at::cat(parts, 0);
}

}  // namespace fettle::nn
