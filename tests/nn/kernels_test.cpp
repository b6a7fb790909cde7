// The CPU's kernels against the same operation in float64 on libtorch's operators: results and the
// gradients of every input.
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "nn/attention.h"
#include "nn/mlp.h"
#include "nn/projections.h"
#include "nn/rms_norm.h"
#include "nn/rope.h"
#include "tensor/on_kernels.h"

namespace fettle::nn {
namespace {

using batch::Segment;
using Operation = std::function<Tensor(const std::vector<Tensor>&)>;

struct Outcome {
  Tensor result;
  std::vector<Tensor> gradients;
};

Outcome run(const Operation& operation, const std::vector<Tensor>& inputs, at::ScalarType type,
            const Tensor& weight) {
  std::vector<Tensor> leaves;
  for (const Tensor& input : inputs) {
    leaves.push_back(input.detach().to(type, /*non_blocking=*/false, /*copy=*/true));
    leaves.back().requires_grad_(true);
  }
  Outcome out;
  out.result = operation(leaves);
  (out.result * weight.to(type)).sum().backward();
  for (const Tensor& leaf : leaves) out.gradients.push_back(leaf.grad());
  return out;
}

bool near(const Tensor& ours, const Tensor& exact) {
  if (ours.scalar_type() != at::kFloat || ours.sizes() != exact.sizes()) return false;
  const double scale = exact.abs().max().item<double>();
  return (ours.to(at::kDouble) - exact).abs().max().item<double>() <= 2e-6 * std::max(1.0, scale);
}

void expect_exact(const Operation& operation, const std::vector<Tensor>& inputs) {
  if (!tensor::cpu::has_kernels()) GTEST_SKIP() << tensor::cpu::kernels_name();
  const Tensor weight = at::randn(operation(inputs).sizes());
  const Outcome ours = run(operation, inputs, at::kFloat, weight);
  const Outcome exact = run(operation, inputs, at::kDouble, weight);
  EXPECT_TRUE(near(ours.result, exact.result));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_TRUE(near(ours.gradients[i], exact.gradients[i])) << "gradient of input " << i;
  }
}

// Inputs: the weight, A, B and bias of a layer from `first` on.
Linear layer_of(const std::vector<Tensor>& in, std::size_t first, double scale) {
  return {"layer", in[first], in[first + 3], LowRank{in[first + 1], in[first + 2], scale}};
}

std::vector<Tensor> layer_inputs(std::int64_t out, std::int64_t in, std::int64_t rank) {
  return {at::randn({out, in}), at::randn({rank, in}), at::randn({out, rank}), at::randn({out})};
}

std::vector<Tensor> joined(std::vector<Tensor> a, const std::vector<Tensor>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(Kernels, Projections) {
  for (const std::int64_t rows : {1, 3, 8, 9, 50}) {
    expect_exact(
        [](const std::vector<Tensor>& in) {
          const RmsNorm norm = {in[1], 1e-5};
          const Linear first = layer_of(in, 2, 0.5);
          const Linear second = layer_of(in, 6, 1.0);
          const std::array<const Linear*, 2> both = {&first, &second};
          const std::vector<Tensor> out = project(&norm, both, in[0], {});
          return at::cat({out[0], out[1] * 2.0}, 1);
        },
        joined(joined({at::randn({rows, 19}), at::randn({19})}, layer_inputs(37, 19, 4)),
               layer_inputs(16, 19, 3)));
    expect_exact(
        [](const std::vector<Tensor>& in) {
          return project_onto(in[1], layer_of(in, 2, 2.0), in[0], {});
        },
        joined({at::randn({rows, 70}), at::randn({rows, 16})}, layer_inputs(16, 70, 5)));
  }
}

TEST(Kernels, FeedForward) {
  for (const std::int64_t rows : {2, 9, 130}) {
    expect_exact(
        [](const std::vector<Tensor>& in) {
          const Mlp mlp = {layer_of(in, 2, 0.5), layer_of(in, 6, 2.0), layer_of(in, 10, 1.0),
                           gated_activation("silu")};
          return feed_forward({in[1], 1e-5}, mlp, in[0], {});
        },
        joined(joined(joined({at::randn({rows, 20}), at::randn({20})}, layer_inputs(33, 20, 4)),
                      layer_inputs(33, 20, 2)),
               layer_inputs(20, 33, 3)));
  }
}

// A layer without an adapter or a bias, and one of which only the adapter is trained.
TEST(Kernels, ProjectionsOfFrozenAndPlainLayers) {
  if (!tensor::cpu::has_kernels()) GTEST_SKIP() << tensor::cpu::kernels_name();
  const Tensor x = at::randn({12, 20});
  Linear plain = {"plain", at::randn({7, 20}), {}};
  Linear adapted = {
      "adapted", at::randn({7, 20}), {}, LowRank{at::randn({3, 20}), at::randn({7, 3})}};
  adapted.low_rank->a.requires_grad_(true);
  adapted.low_rank->b.requires_grad_(true);
  const std::array<const Linear*, 2> both = {&plain, &adapted};
  const std::vector<Tensor> out = project(nullptr, both, x, {});
  EXPECT_TRUE(at::allclose(out[0], at::matmul(x, plain.weight.t()), 1e-5, 1e-5));
  out[1].sum().backward();
  const Tensor inner = at::matmul(x, adapted.low_rank->a.detach().t());
  EXPECT_TRUE(
      at::allclose(adapted.low_rank->b.grad(), at::ones({7, 12}).matmul(inner), 1e-4, 1e-4));
  EXPECT_FALSE(plain.weight.grad().defined());
  EXPECT_FALSE(adapted.weight.grad().defined());
}

// bfloat16 against float64 of the same values: its own rounding and no more.
TEST(Kernels, Bfloat16IsNearTheExact) {
  if (!tensor::cpu::has_kernels()) GTEST_SKIP() << tensor::cpu::kernels_name();
  const auto rounded = [](const Tensor& t) { return t.to(at::kBFloat16).to(at::kFloat); };
  std::vector<Tensor> inputs = {at::randn({40, 32}), at::randn({32})};
  for (const auto& [out, in] : {std::pair{48, 32}, {48, 32}, {32, 48}}) {
    for (const Tensor& part : layer_inputs(out, in, 4)) inputs.push_back(part * 0.2);
  }
  for (Tensor& input : inputs) input = rounded(input);
  const Operation operation = [](const std::vector<Tensor>& in) {
    const Mlp mlp = {layer_of(in, 2, 0.5), layer_of(in, 6, 2.0), layer_of(in, 10, 1.0),
                     gated_activation("silu")};
    return feed_forward({in[1], 1e-5}, mlp, in[0], {});
  };
  const Tensor weight = rounded(at::randn({40, 32}));
  const Outcome ours = run(operation, inputs, at::kBFloat16, weight);
  const Outcome exact = run(operation, inputs, at::kDouble, weight);
  const auto distance = [](const Tensor& a, const Tensor& b) {
    return ((a.to(at::kDouble) - b).norm() / b.norm()).item<double>();
  };
  EXPECT_LT(distance(ours.result, exact.result), 6e-3);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_LT(distance(ours.gradients[i], exact.gradients[i]), 2e-2) << "gradient of input " << i;
  }
}

// Inputs that are views: what is not row-major is brought in order first.
TEST(Kernels, TakeViews) {
  expect_exact(
      [](const std::vector<Tensor>& in) {
        const Linear layer = {"layer", in[1].narrow(1, 2, 20), {}};
        return linear(layer, in[0].t(), {});
      },
      {at::randn({20, 12}), at::randn({9, 25})});
  expect_exact([](const std::vector<Tensor>& in) { return rms_norm({in[1]}, in[0].t()); },
               {at::randn({20, 12}), at::randn({20})});
}

TEST(Kernels, RmsNorm) {
  for (const std::int64_t size : {5, 7, 16, 200}) {
    for (const std::int64_t rows : {1, 3, 130}) {
      expect_exact(
          [](const std::vector<Tensor>& in) {
            return rms_norm({in[1], 1e-5}, in[0]);
          },
          {at::randn({rows, size}), at::randn({size})});
    }
  }
}

TEST(Kernels, Rotation) {
  for (const std::int64_t dim : {2, 6, 16, 64, 100}) {
    RopeConfig config;
    config.head_dim = dim;
    const Tensor positions = at::arange(3, 14, at::TensorOptions(at::kLong));
    const RopeTable table = rope_table(rope_frequencies(config, 32), positions);
    // In float64 the angles are those of the table too.
    expect_exact(
        [&](const std::vector<Tensor>& in) {
          return apply_rope(in[0],
                            {table.cos.to(in[0].scalar_type()), table.sin.to(in[0].scalar_type())});
        },
        {at::randn({11, 3, dim})});
  }
}

TEST(Kernels, SwiGlu) {
  for (const std::int64_t size : {1, 15, 64, 1001}) {
    expect_exact(
        [](const std::vector<Tensor>& in) { return gated_activation("silu")(in[0], in[1]); },
        {at::randn({3, size}) * 8.0, at::randn({3, size})});
  }
}

TEST(Kernels, SwiGluOfHugeGatesIsFinite) {
  const Tensor gate = at::linspace(-3e4, 3e4, 64);
  const Tensor y = gated_activation("silu")(gate, at::ones_like(gate));
  EXPECT_TRUE(at::allclose(y, gate.clamp_min(0.0), 1e-6, 1e-6));
}

void expect_exact_attention(const std::vector<Segment>& segments, std::int64_t dim) {
  std::int64_t keys = 0;
  for (const Segment& segment : segments) keys += segment.length;
  expect_exact(
      [&](const std::vector<Tensor>& in) {
        const AttentionLayout layout =
            attention_layout(segments, 0, {}, in[0].scalar_type(), at::Device(at::kCPU));
        EXPECT_EQ(layout.by_spans, in[0].scalar_type() == at::kFloat);
        return attend(in[0], in[1], in[2], layout);
      },
      {at::randn({keys, 6, dim}), at::randn({keys, 2, dim}), at::randn({keys, 2, dim})});
}

TEST(Kernels, AttentionOverSegments) {
  for (const std::int64_t dim : {4, 16, 24, 64}) {
    expect_exact_attention({{-1, 0, 13, 0}}, dim);
    expect_exact_attention({{-1, 0, 1, 0}, {0, 1, 1, 1}}, dim);
    expect_exact_attention(
        {{-1, 0, 9, 0}, {0, 9, 5, 9}, {0, 14, 1, 9}, {1, 15, 3, 14}, {-1, 18, 4, 0}}, dim);
    // More queries than are held at once.
    expect_exact_attention({{-1, 0, 210, 0}, {0, 210, 130, 210}, {-1, 340, 7, 0}}, dim);
  }
  // More keys than either pass looks at together.
  expect_exact_attention({{-1, 0, 700, 0}, {0, 700, 20, 700}}, 8);
}

void expect_near_attention(const std::vector<Segment>& segments) {
  std::int64_t keys = 0;
  for (const Segment& segment : segments) keys += segment.length;
  const auto rounded = [](const Tensor& t) { return t.to(at::kBFloat16).to(at::kFloat); };
  const std::vector<Tensor> inputs = {rounded(at::randn({keys, 6, 16})),
                                      rounded(at::randn({keys, 2, 16})),
                                      rounded(at::randn({keys, 2, 16}))};
  const Operation operation = [&](const std::vector<Tensor>& in) {
    return attend(in[0], in[1], in[2],
                  attention_layout(segments, 0, {}, in[0].scalar_type(), at::Device(at::kCPU)));
  };
  const Tensor weight = rounded(at::randn({keys, 6, 16}));
  const Outcome ours = run(operation, inputs, at::kBFloat16, weight);
  const Outcome exact = run(operation, inputs, at::kDouble, weight);
  const auto distance = [](const Tensor& a, const Tensor& b) {
    return ((a.to(at::kDouble) - b).norm() / b.norm()).item<double>();
  };
  EXPECT_LT(distance(ours.result, exact.result), 5e-3);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_LT(distance(ours.gradients[i], exact.gradients[i]), 1e-2) << "gradient of input " << i;
  }
}

TEST(Kernels, Bfloat16AttentionIsNearTheExact) {
  if (!tensor::cpu::has_kernels()) GTEST_SKIP() << tensor::cpu::kernels_name();
  expect_near_attention({{-1, 0, 50, 0}, {0, 50, 9, 50}, {0, 59, 20, 50}});
  expect_near_attention({{-1, 0, 700, 0}, {0, 700, 20, 700}});
}

}  // namespace
}  // namespace fettle::nn
