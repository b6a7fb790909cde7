#include "nn/mlp.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>

#include <array>

#include "base/nearest.h"

namespace fettle::nn {
namespace {

struct ActivationRow {
  std::string_view name;
  Activation apply;
};

const std::array<ActivationRow, 4> kActivations = {{
    {"silu", [](const Tensor& x) { return at::silu(x); }},
    {"gelu", [](const Tensor& x) { return at::gelu(x); }},
    {"gelu_pytorch_tanh", [](const Tensor& x) { return at::gelu(x, "tanh"); }},
    {"relu", [](const Tensor& x) { return at::relu(x); }},
}};

}  // namespace

Activation activation_named(std::string_view name) {
  return row_named(kActivations, "hidden_act", name).apply;
}

Tensor feed_forward(const Mlp& mlp, const Tensor& x, const Mode& mode) {
  const Tensor gate = mlp.activation(linear(mlp.gate_proj, x, mode));
  return linear(mlp.down_proj, gate * linear(mlp.up_proj, x, mode), mode);
}

}  // namespace fettle::nn
