#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/sigmoid.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/error.h"
#include "nn/linear.h"
#include "nn/mlp.h"
#include "nn/rms_norm.h"
#include "nn/rope.h"

namespace fettle::nn {
namespace {

Tensor doubles(at::IntArrayRef shape) { return at::randn(shape, at::TensorOptions(at::kDouble)); }

// Central differences of a scalar function in double precision against its gradient.
void expect_gradient(const std::function<Tensor(const Tensor&)>& function, Tensor x) {
  x = x.detach().requires_grad_(true);
  function(x).backward();
  const Tensor gradient = x.grad().reshape({-1});
  const Tensor flat = x.detach().clone();
  const double step = 1e-6;
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    const Tensor up = flat.clone();
    const Tensor down = flat.clone();
    up.view({-1})[i] += step;
    down.view({-1})[i] -= step;
    const double slope =
        (function(up).item<double>() - function(down).item<double>()) / (2.0 * step);
    EXPECT_NEAR(gradient[i].item<double>(), slope, 1e-5 * std::max(1.0, std::abs(slope)));
  }
}

TEST(RmsNorm, EqualsItsFormula) {
  const Tensor x = at::randn({3, 5});
  const Tensor weight = at::randn({5});
  const Tensor expected = x / (x * x).mean({-1}, true).add(1e-5).sqrt() * weight;
  EXPECT_TRUE(at::allclose(rms_norm({weight, 1e-5}, x), expected, 1e-5, 1e-6));
}

TEST(Linear, AddsTheLowRankPart) {
  const Tensor x = at::randn({7, 4});
  Linear layer{"l", at::randn({6, 4}), at::randn({6})};
  const Tensor base = at::matmul(x, layer.weight.t()) + layer.bias;
  EXPECT_TRUE(at::allclose(linear(layer, x, {}), base, 1e-5, 1e-5));
  layer.low_rank = LowRank{at::randn({2, 4}), at::randn({6, 2}), 0.5, 0.0};
  const Tensor added =
      at::matmul(at::matmul(x, layer.low_rank->a.t()), layer.low_rank->b.t()) * 0.5;
  EXPECT_TRUE(at::allclose(linear(layer, x, {}), base + added, 1e-5, 1e-5));
  const Linear merged{"m", merged_weight(layer), layer.bias};
  EXPECT_TRUE(at::allclose(linear(merged, x, {}), base + added, 1e-4, 1e-5));
}

TEST(Linear, GradientsOfAllPartsEqualDifferences) {
  const Tensor x = doubles({3, 4});
  const Tensor weight = doubles({5, 4});
  const Tensor a = doubles({2, 4});
  const Tensor b = doubles({5, 2});
  const auto sum_of = [](const Linear& layer, const Tensor& input) {
    const Tensor y = linear(layer, input, {});
    return (y * y).sum();
  };
  expect_gradient(
      [&](const Tensor& t) {
        return sum_of({"l", weight, {}, LowRank{a, b, 0.7}}, t);
      },
      x);
  expect_gradient(
      [&](const Tensor& t) {
        return sum_of({"l", weight, {}, LowRank{t, b, 0.7}}, x);
      },
      a);
  expect_gradient(
      [&](const Tensor& t) {
        return sum_of({"l", weight, {}, LowRank{a, t, 0.7}}, x);
      },
      b);
  expect_gradient(
      [&](const Tensor& t) {
        return sum_of({"l", t, {}, LowRank{a, b, 0.7}}, x);
      },
      weight);
}

TEST(Linear, DropoutIsAFunctionOfItsStreamAndOffOutsideTraining) {
  const Tensor x = at::ones({100, 100});
  const auto draw = [&](std::uint64_t seed) {
    at::Generator generator = at::globalContext().defaultGenerator(at::Device(at::kCPU)).clone();
    generator.set_current_seed(seed);
    return dropout(x, 0.25, {true, generator});
  };
  EXPECT_TRUE(at::equal(draw(1), draw(1)));
  EXPECT_FALSE(at::equal(draw(1), draw(2)));
  EXPECT_NEAR(draw(3).mean().item<double>(), 1.0, 0.03);
  EXPECT_TRUE(at::equal(dropout(x, 0.25, {}), x));
  EXPECT_THROW((void)dropout(x, 0.25, {true, std::nullopt}), InternalError);
}

TEST(Mlp, EqualsItsFormulaAndItsGradient) {
  const Tensor x = doubles({2, 3});
  Mlp mlp{{"g", doubles({4, 3}), {}},
          {"u", doubles({4, 3}), {}},
          {"d", doubles({3, 4}), {}},
          gated_activation("silu")};
  const RmsNorm norm = {doubles({3}), 1e-5};
  const Tensor read = rms_norm(norm, x);
  const Tensor gate = at::matmul(read, mlp.gate_proj.weight.t());
  const Tensor inner = gate * at::sigmoid(gate) * at::matmul(read, mlp.up_proj.weight.t());
  EXPECT_TRUE(at::allclose(feed_forward(norm, mlp, x, {}),
                           x + at::matmul(inner, mlp.down_proj.weight.t())));
  expect_gradient([&](const Tensor& t) { return feed_forward(norm, mlp, t, {}).sum(); }, x);
  EXPECT_THROW((void)gated_activation("sigmod"), UsageError);
}

TEST(Rope, RotatesByThePosition) {
  RopeConfig config;
  config.head_dim = 4;
  const RopeFrequencies frequencies = rope_frequencies(config, 8);
  const Tensor positions = at::arange(3, at::TensorOptions(at::kLong));
  const Tensor x = at::randn({3, 2, 4});
  const Tensor y = apply_rope(x, rope_table(frequencies, positions));
  for (std::int64_t t = 0; t < 3; ++t) {
    for (std::int64_t i = 0; i < 2; ++i) {
      const double angle = static_cast<double>(t) * std::pow(10000.0, -double(2 * i) / 4.0);
      const double a = x[t][1][i].item<double>();
      const double b = x[t][1][i + 2].item<double>();
      EXPECT_NEAR(y[t][1][i].item<double>(), a * std::cos(angle) - b * std::sin(angle), 1e-5);
      EXPECT_NEAR(y[t][1][i + 2].item<double>(), b * std::cos(angle) + a * std::sin(angle), 1e-5);
    }
  }
}

TEST(Rope, ScalingsFollowTheirDefinitions) {
  RopeConfig config;
  config.head_dim = 8;
  config.max_position_embeddings = 64;
  const Tensor plain = rope_frequencies(config, 1).inverse;
  config.rope_type = "linear";
  config.factor = 4.0;
  EXPECT_TRUE(at::allclose(rope_frequencies(config, 1).inverse, plain / 4.0));
  config.rope_type = "dynamic";
  EXPECT_TRUE(at::allclose(rope_frequencies(config, 64).inverse, plain));
  EXPECT_FALSE(at::allclose(rope_frequencies(config, 128).inverse, plain));
  config.rope_type = "yarn";
  EXPECT_NEAR(rope_frequencies(config, 1).scale, 0.1 * std::log(4.0) + 1.0, 1e-12);
  config.rope_type = "longrope";
  EXPECT_THROW((void)rope_frequencies(config, 1), UsageError);
}

}  // namespace
}  // namespace fettle::nn
