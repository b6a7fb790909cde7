#include "nn/rope.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/where.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

#include "base/error.h"
#include "base/nearest.h"
#include "tensor/kernels/cpu/pointwise.h"
#include "tensor/on_kernels.h"

namespace fettle::nn {
namespace {

// 1 / theta^(2i / d), in float32 as transformers computes it.
Tensor plain_frequencies(double theta, std::int64_t dim) {
  const Tensor exponent =
      at::arange(0, dim, 2, at::TensorOptions(at::kLong)).to(at::kFloat) / static_cast<double>(dim);
  return at::pow(theta, exponent).reciprocal();
}

std::int64_t original_length(const RopeConfig& config) {
  return config.original_max_position_embeddings > 0 ? config.original_max_position_embeddings
                                                     : config.max_position_embeddings;
}

RopeFrequencies default_rope(const RopeConfig& config, std::int64_t) {
  return {plain_frequencies(config.rope_theta, config.head_dim)};
}

RopeFrequencies linear_rope(const RopeConfig& config, std::int64_t) {
  return {plain_frequencies(config.rope_theta, config.head_dim) / config.factor};
}

RopeFrequencies dynamic_rope(const RopeConfig& config, std::int64_t length) {
  const auto limit = static_cast<double>(config.max_position_embeddings);
  const double longest = std::max(static_cast<double>(length), limit);
  const auto dim = static_cast<double>(config.head_dim);
  const double growth = config.factor * longest / limit - (config.factor - 1.0);
  return {
      plain_frequencies(config.rope_theta * std::pow(growth, dim / (dim - 2.0)), config.head_dim)};
}

// Long waves are slowed by `factor`, short ones kept, those between interpolated.
RopeFrequencies llama3_rope(const RopeConfig& config, std::int64_t) {
  const Tensor base = plain_frequencies(config.rope_theta, config.head_dim);
  const auto length = static_cast<double>(original_length(config));
  const Tensor wave = base.reciprocal() * (2.0 * std::numbers::pi);
  const Tensor slowed = base / config.factor;
  const Tensor smooth = (wave.reciprocal() * length - config.low_freq_factor) /
                        (config.high_freq_factor - config.low_freq_factor);
  const Tensor between = (1.0 - smooth) * slowed + smooth * base;
  const double long_wave = length / config.low_freq_factor;
  const double short_wave = length / config.high_freq_factor;
  return {at::where(wave > long_wave, slowed, at::where(wave < short_wave, base, between))};
}

double yarn_mscale(double factor, double mscale) {
  return factor <= 1.0 ? 1.0 : 0.1 * mscale * std::log(factor) + 1.0;
}

double yarn_attention_factor(const RopeConfig& config) {
  if (config.attention_factor) return *config.attention_factor;
  if (config.mscale && config.mscale_all_dim) {
    return yarn_mscale(config.factor, *config.mscale) /
           yarn_mscale(config.factor, *config.mscale_all_dim);
  }
  return yarn_mscale(config.factor, 1.0);
}

// The dimension whose wave turns `rotations` times over the original length.
double yarn_dimension(double rotations, const RopeConfig& config) {
  const auto length = static_cast<double>(original_length(config));
  return static_cast<double>(config.head_dim) *
         std::log(length / (rotations * 2.0 * std::numbers::pi)) /
         (2.0 * std::log(config.rope_theta));
}

RopeFrequencies yarn_rope(const RopeConfig& config, std::int64_t) {
  double low = yarn_dimension(config.beta_fast, config);
  double high = yarn_dimension(config.beta_slow, config);
  if (config.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(config.head_dim) - 1.0);
  if (low == high) high += 0.001;  // no division by zero
  const Tensor index = at::arange(config.head_dim / 2, at::TensorOptions(at::kFloat));
  const Tensor ramp = at::clamp((index - low) / (high - low), 0.0, 1.0);
  const Tensor base = plain_frequencies(config.rope_theta, config.head_dim);
  return {base / config.factor * ramp + base * (1.0 - ramp), yarn_attention_factor(config)};
}

struct RopeRow {
  std::string_view name;
  RopeFrequencies (*make)(const RopeConfig&, std::int64_t);
};

// x: [tokens, heads, head_dim]. The gradient is turned back.
Tensor rotated(const Tensor& x, const Tensor& cos, const Tensor& sin, float direction) {
  const Tensor from = x.contiguous();
  Tensor y = at::empty_like(from);
  tensor::by_element(x.scalar_type(), [&]<class T>(T) {
    tensor::cpu::rotate(x.size(0), x.size(1), x.size(2) / 2, tensor::data_of<T>(from),
                        tensor::data_of<float>(cos), tensor::data_of<float>(sin), direction,
                        tensor::mutable_data_of<T>(y));
  });
  return y;
}

class Rotation : public torch::autograd::Function<Rotation> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x,
                        const Tensor& cos, const Tensor& sin) {
    context->save_for_backward({cos, sin});
    return rotated(x, cos, sin, 1.0F);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    return {rotated(gradients[0], saved[0], saved[1], -1.0F), Tensor(), Tensor()};
  }
};

constexpr std::array<RopeRow, 5> kRopes = {{{"default", default_rope},
                                            {"linear", linear_rope},
                                            {"dynamic", dynamic_rope},
                                            {"llama3", llama3_rope},
                                            {"yarn", yarn_rope}}};

}  // namespace

RopeFrequencies rope_frequencies(const RopeConfig& config, std::int64_t length) {
  return row_named(kRopes, "rope_type", config.rope_type).make(config, length);
}

RopeTable rope_table(const RopeFrequencies& frequencies, const Tensor& positions) {
  const Tensor angles =
      at::outer(positions.to(at::kFloat), frequencies.inverse.to(positions.device()));
  return {at::cos(angles) * frequencies.scale, at::sin(angles) * frequencies.scale};
}

Tensor apply_rope(const Tensor& x, const RopeTable& table) {
  if (tensor::on_kernels(x)) {
    return Rotation::apply(x, table.cos.contiguous(), table.sin.contiguous());
  }
  const std::int64_t half = x.size(-1) / 2;
  const Tensor cos = table.cos.to(x.scalar_type()).unsqueeze(1);
  const Tensor sin = table.sin.to(x.scalar_type()).unsqueeze(1);
  const Tensor first = x.narrow(-1, 0, half);
  const Tensor second = x.narrow(-1, half, half);
  return at::cat({first * cos - second * sin, second * cos + first * sin}, -1);
}

}  // namespace fettle::nn
