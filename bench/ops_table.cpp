#include <ATen/TensorOperators.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/rms_norm.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <array>
#include <memory>

#include "bench/ops.h"
#include "nn/attention.h"
#include "nn/linear.h"
#include "nn/mlp.h"
#include "nn/rms_norm.h"
#include "nn/rope.h"
#include "objective/head_log_probs.h"
#include "optim/optimizer.h"

namespace fettle::bench {
namespace {

Tensor leaf(at::IntArrayRef shape, const Sizes& sizes, bool trained = true) {
  return (at::randn(shape, at::kFloat) * 0.05).to(sizes.dtype).requires_grad_(trained);
}

double bytes_of(std::int64_t values, const Sizes& sizes) {
  return static_cast<double>(values) * static_cast<double>(c10::elementSize(sizes.dtype));
}

double product_flops(std::int64_t m, std::int64_t n, std::int64_t k) {
  return 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
}

// x W^T; a frozen weight needs no gradient.
Prepared product(const Sizes& s, std::int64_t in, std::int64_t out, bool trained) {
  const Tensor x = leaf({s.tokens, in}, s);
  const Tensor weight = leaf({out, in}, s, trained);
  const double flops = product_flops(s.tokens, out, in);
  return {.cost = {.forward_flops = flops, .backward_flops = trained ? 2 * flops : flops},
          .leaves = trained ? std::vector<Tensor>{x, weight} : std::vector<Tensor>{x},
          .fettle =
              [=] {
                const nn::Linear layer = {"layer", weight, {}};
                return nn::linear(layer, x, {});
              },
          .aten = [=] { return at::linear(x, weight); }};
}

Prepared up_frozen(const Sizes& s) { return product(s, s.hidden, s.feed_forward, false); }
Prepared down_frozen(const Sizes& s) { return product(s, s.feed_forward, s.hidden, false); }
Prepared up_trained(const Sizes& s) { return product(s, s.hidden, s.feed_forward, true); }

Prepared up_adapter(const Sizes& s) {
  Prepared out = product(s, s.hidden, s.feed_forward, false);
  const Tensor x = out.leaves[0];
  const Tensor weight = leaf({s.feed_forward, s.hidden}, s, false);
  const Tensor a = leaf({s.rank, s.hidden}, s);
  const Tensor b = leaf({s.feed_forward, s.rank}, s);
  const double adapter = product_flops(s.tokens, s.rank, s.hidden + s.feed_forward);
  out.cost.forward_flops += adapter;
  out.cost.backward_flops += 2 * adapter;
  out.leaves = {x, a, b};
  out.fettle = [=] {
    const nn::Linear layer = {"layer", weight, {}, nn::LowRank{a, b, 2.0}};
    return nn::linear(layer, x, {});
  };
  out.aten = [=] { return at::linear(x, weight) + at::linear(at::linear(x, a), b) * 2.0; };
  return out;
}

// rows: how many rows the tokens are, each its own segment.
Prepared attention(const Sizes& s, std::int64_t rows) {
  const std::int64_t length = std::max<std::int64_t>(1, s.tokens / rows);
  const Tensor query = leaf({rows * length, s.heads, s.head_dim}, s);
  const Tensor key = leaf({rows * length, s.kv_heads, s.head_dim}, s);
  const Tensor value = leaf({rows * length, s.kv_heads, s.head_dim}, s);
  std::vector<batch::Segment> segments;
  for (std::int64_t row = 0; row < rows; ++row) {
    segments.push_back(
        {-1, static_cast<std::int32_t>(row * length), static_cast<std::int32_t>(length), 0});
  }
  const auto layout = std::make_shared<nn::AttentionLayout>(
      nn::attention_layout(segments, 0, {}, s.dtype, at::kCPU));
  const auto split = [rows, length](const Tensor& x) {
    return x.view({rows, length, x.size(1), x.size(2)}).transpose(1, 2);
  };
  const double flops = product_flops(s.tokens, length, s.heads * s.head_dim);
  return {.cost = {.forward_flops = flops, .backward_flops = 2 * flops},
          .leaves = {query, key, value},
          .fettle = [=] { return nn::attend(query, key, value, *layout); },
          .aten =
              [=] {
                return at::scaled_dot_product_attention(split(query), split(key), split(value), {},
                                                        0.0, true, std::nullopt, true);
              }};
}

Prepared attention_whole(const Sizes& s) { return attention(s, 1); }
Prepared attention_rows(const Sizes& s) {
  return attention(s, std::max<std::int64_t>(1, s.tokens / 64));
}

Prepared norm(const Sizes& s) {
  const Tensor x = leaf({s.tokens, s.hidden}, s);
  const Tensor weight = leaf({s.hidden}, s, false);
  const double bytes = bytes_of(x.numel(), s);
  return {.cost = {.forward_bytes = 2 * bytes, .backward_bytes = 3 * bytes},
          .leaves = {x},
          .fettle =
              [=] {
                return nn::rms_norm({weight, 1e-5}, x);
              },
          .aten = [=, this_size = s.hidden] { return at::rms_norm(x, {this_size}, weight, 1e-5); }};
}

Prepared rotary(const Sizes& s) {
  const Tensor x = leaf({s.tokens, s.heads, s.head_dim}, s);
  nn::RopeConfig config;
  config.head_dim = s.head_dim;
  const nn::RopeTable table =
      nn::rope_table(nn::rope_frequencies(config, s.tokens), at::arange(s.tokens, at::kLong));
  const Tensor cos = at::cat({table.cos, table.cos}, -1).unsqueeze(1).to(s.dtype);
  const Tensor sin = at::cat({table.sin, table.sin}, -1).unsqueeze(1).to(s.dtype);
  const std::int64_t half = s.head_dim / 2;
  const double bytes = bytes_of(x.numel(), s);
  return {
      .cost = {.forward_bytes = 2 * bytes, .backward_bytes = 2 * bytes},
      .leaves = {x},
      .fettle = [=] { return nn::apply_rope(x, table); },
      .aten =
          [=] {
            const Tensor turned = at::cat({-x.narrow(-1, half, half), x.narrow(-1, 0, half)}, -1);
            return x * cos + turned * sin;
          }};
}

Prepared gated(const Sizes& s) {
  const Tensor gate = leaf({s.tokens, s.feed_forward}, s);
  const Tensor up = leaf({s.tokens, s.feed_forward}, s);
  const nn::GatedActivation activation = nn::gated_activation("silu");
  const double bytes = bytes_of(gate.numel(), s);
  return {.cost = {.forward_bytes = 3 * bytes, .backward_bytes = 5 * bytes},
          .leaves = {gate, up},
          .fettle = [=] { return activation(gate, up); },
          .aten = [=] { return at::silu(gate) * up; }};
}

// The head is frozen: its product, and that of its input's gradient.
Prepared head_loss(const Sizes& s) {
  const Tensor hidden = leaf({s.tokens, s.hidden}, s);
  const Tensor head = leaf({s.vocabulary, s.hidden}, s, false);
  const Tensor rows = at::arange(s.tokens, at::kLong);
  const Tensor targets = at::randint(s.vocabulary, {s.tokens}, at::kLong);
  const double flops = product_flops(s.tokens, s.vocabulary, s.hidden);
  return {.cost = {.forward_flops = flops, .backward_flops = flops},
          .leaves = {hidden},
          .fettle = [=] { return objective::head_log_probs(hidden, head, rows, targets); },
          .aten =
              [=] {
                return at::cross_entropy_loss(at::linear(hidden, head).to(at::kFloat), targets, {},
                                              0);
              }};
}

// Reads weight, gradient and two moments and writes all but the gradient, in float32.
Prepared adamw(const Sizes& s) {
  const std::int64_t count = 4 * s.hidden * s.feed_forward;
  const auto parameters = std::make_shared<std::vector<optim::Parameter>>();
  Tensor value = at::randn({count}, at::kFloat).requires_grad_(true);
  value.mutable_grad() = at::randn({count}, at::kFloat);
  parameters->push_back({.name = "weight", .value = value, .decays = true});
  const std::shared_ptr<optim::Optimizer> optimizer = optim::make_optimizer({});
  const Tensor other = at::randn({count}, at::kFloat);
  const Tensor mean = at::zeros_like(other);
  const Tensor square = at::zeros_like(other);
  const Tensor steps = at::zeros({}, at::kFloat);
  return {.cost = {.forward_bytes = 28.0 * static_cast<double>(count)},
          .leaves = {},
          .fettle =
              [=] {
                optimizer->step(*parameters, 1e-4);
                return Tensor();
              },
          .aten =
              [=] {
                steps.add_(1);
                at::_fused_adamw_(other, value.grad(), mean, square, at::TensorList(), steps, 1e-4,
                                  0.9, 0.999, 0.0, 1e-8, false, false);
                return Tensor();
              }};
}

constexpr std::array<OpRow, 11> kOps = {{
    {"up_frozen", "x W^T, 576 to 1,536, the weight frozen", up_frozen},
    {"down_frozen", "x W^T, 1,536 to 576, the weight frozen", down_frozen},
    {"up_trained", "x W^T, 576 to 1,536, the weight trained", up_trained},
    {"up_adapter", "x W^T + s (x A^T) B^T, 576 to 1,536, A and B trained", up_adapter},
    {"attention", "causal attention, 9 heads on 3, all tokens one row", attention_whole},
    {"attention_rows", "the same over rows of 64 tokens", attention_rows},
    {"rms_norm", "RMSNorm of 576, the weight frozen", norm},
    {"rope", "rotary positions of 9 heads of 64", rotary},
    {"swiglu", "silu(gate) * up, 1,536 wide", gated},
    {"head_loss", "head of 49,152 and cross-entropy, the head frozen", head_loss},
    {"adamw", "AdamW over 3.5 million float32 weights", adamw},
}};

}  // namespace

std::span<const OpRow> ops() { return kOps; }

}  // namespace fettle::bench
