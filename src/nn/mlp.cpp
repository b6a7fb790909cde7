#include "nn/mlp.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>

#include "base/nearest.h"
#include "tensor/kernels/cpu/pointwise.h"
#include "tensor/on_kernels.h"

namespace fettle::nn {
namespace {

class SwiGlu : public torch::autograd::Function<SwiGlu> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& gate,
                        const Tensor& up) {
    context->save_for_backward({gate, up});
    Tensor y = at::empty_like(gate);
    tensor::cpu::swiglu(gate.numel(), gate.const_data_ptr<float>(), up.const_data_ptr<float>(),
                        y.mutable_data_ptr<float>());
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const Tensor dy = gradients[0].contiguous();
    Tensor dgate = at::empty_like(saved[0]);
    Tensor dup = at::empty_like(saved[1]);
    tensor::cpu::swiglu_backward(dy.numel(), dy.const_data_ptr<float>(),
                                 saved[0].const_data_ptr<float>(), saved[1].const_data_ptr<float>(),
                                 dgate.mutable_data_ptr<float>(), dup.mutable_data_ptr<float>());
    return {dgate, dup};
  }
};

Tensor swiglu(const Tensor& gate, const Tensor& up) {
  if (tensor::on_kernels(gate)) return SwiGlu::apply(gate.contiguous(), up.contiguous());
  return at::silu(gate) * up;
}

struct ActivationRow {
  std::string_view name;
  GatedActivation apply;
};

const std::array<ActivationRow, 4> kActivations = {{
    {"silu", swiglu},
    {"gelu", [](const Tensor& gate, const Tensor& up) { return at::gelu(gate) * up; }},
    {"gelu_pytorch_tanh",
     [](const Tensor& gate, const Tensor& up) { return at::gelu(gate, "tanh") * up; }},
    {"relu", [](const Tensor& gate, const Tensor& up) { return at::relu(gate) * up; }},
}};

}  // namespace

GatedActivation gated_activation(std::string_view name) {
  return row_named(kActivations, "hidden_act", name).apply;
}

Tensor feed_forward(const Mlp& mlp, const Tensor& x, const Mode& mode) {
  const Tensor gate = linear(mlp.gate_proj, x, mode);
  return linear(mlp.down_proj, mlp.activation(gate, linear(mlp.up_proj, x, mode)), mode);
}

}  // namespace fettle::nn
