// The CPU's kernels against the same operation in float64 on libtorch's operators: results and the
// gradients of every input.
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <functional>

#include "nn/attention.h"
#include "nn/mlp.h"
#include "nn/products.h"
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

TEST(Kernels, SumsOfProducts) {
  for (const std::int64_t rows : {8, 9, 50}) {
    expect_exact(
        [](const std::vector<Tensor>& in) {
          return sum_of_products({in[0], in[1], 0.5}, Term{in[2], in[3], 2.0}, in[4]);
        },
        {at::randn({rows, 19}), at::randn({37, 19}), at::randn({rows, 4}), at::randn({37, 4}),
         at::randn({37})});
    expect_exact(
        [](const std::vector<Tensor>& in) {
          return sum_of_products({in[0], in[1]});
        },
        {at::randn({rows, 70}), at::randn({16, 70})});
  }
}

// Inputs that are views: what is not row-major is brought in order first.
TEST(Kernels, TakeViews) {
  expect_exact(
      [](const std::vector<Tensor>& in) {
        return sum_of_products({in[0].t(), in[1].narrow(1, 2, 20)});
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
  const Tensor gate = at::randn({64}) * 1e4;
  const Tensor y = gated_activation("silu")(gate, at::ones_like(gate));
  EXPECT_TRUE(at::allclose(y, gate.clamp_min(0.0), 1e-6, 1e-6));
}

void expect_exact_attention(const std::vector<Segment>& segments, std::int64_t dim) {
  std::int64_t keys = 0;
  for (const Segment& segment : segments) keys += segment.length;
  expect_exact(
      [&](const std::vector<Tensor>& in) {
        const AttentionLayout layout =
            attention_layout(segments, 0, in[0].scalar_type(), at::Device(at::kCPU));
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
}

}  // namespace
}  // namespace fettle::nn
