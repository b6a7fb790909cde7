#include "nn/mlp.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>

#include "base/nearest.h"
#include "nn/input_slots.h"
#include "nn/layer_pass.h"
#include "nn/norm_pass.h"
#include "nn/projections.h"
#include "tensor/kernels/cpu/pointwise.h"
#include "tensor/on_kernels.h"

namespace fettle::nn {
namespace {

namespace cpu = tensor::cpu;
using tensor::data_of;
using tensor::mutable_data_of;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

Tensor swiglu_forward(const Tensor& gate, const Tensor& up) {
  Tensor y = at::empty_like(gate);
  tensor::by_element(gate.scalar_type(), [&]<class T>(T) {
    cpu::swiglu(gate.numel(), data_of<T>(gate), data_of<T>(up), mutable_data_of<T>(y));
  });
  return y;
}

struct SwiGluGradients {
  Tensor gate, up;
  Tensor y;  // once more
};

SwiGluGradients swiglu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up) {
  SwiGluGradients out = {at::empty_like(gate), at::empty_like(up), at::empty_like(gate)};
  tensor::by_element(gate.scalar_type(), [&]<class T>(T) {
    cpu::swiglu_backward(dy.numel(), data_of<T>(dy), data_of<T>(gate), data_of<T>(up),
                         mutable_data_of<T>(out.gate), mutable_data_of<T>(out.up),
                         mutable_data_of<T>(out.y));
  });
  return out;
}

class SwiGlu : public torch::autograd::Function<SwiGlu> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& gate, const Tensor& up) {
    context->save_for_backward({gate, up});
    return swiglu_forward(gate, up);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const SwiGluGradients done = swiglu_backward(gradients[0].contiguous(), saved[0], saved[1]);
    return {done.gate, done.up};
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

// x + down(swiglu(gate(norm(x)), up(norm(x)))): keeps x, gate and up alone; what the norm and the
// gate give is computed again.
class FeedForward : public torch::autograd::Function<FeedForward> {
 public:
  struct Plan : torch::CustomClassHolder {
    InputSlots slots;
    std::array<double, 3> scales;
    double eps = 0;
  };
  // Slots: x, the norm's weight, then the parts of gate, up and down.
  enum Slot : std::size_t { kX, kNorm, kFirstPart };
  enum Layer : std::size_t { kGate, kUp, kDown };
  // Saved after the inputs.
  enum Kept : std::size_t { kFactor, kGateResult, kUpResult, kLow };

  static Tensor forward(AutogradContext* context, at::TensorList given,
                        const c10::intrusive_ptr<Plan>& plan) {
    const variable_list slots = plan->slots.spread(given);
    const Normed normed = norm_forward(slots[kX], slots[kNorm], plan->eps);
    const Forwarded gate = layer_forward(parts_of(slots, kGate, *plan), normed.y);
    const Forwarded up = layer_forward(parts_of(slots, kUp, *plan), normed.y);
    const Forwarded down =
        layer_forward(parts_of(slots, kDown, *plan), swiglu_forward(gate.y, up.y), slots[kX]);
    variable_list saved = {given.begin(), given.end()};
    for (const Tensor& kept : {normed.r, gate.y, up.y, gate.low, up.low, down.low}) {
      saved.push_back(kept);
    }
    context->save_for_backward(std::move(saved));
    context->saved_data["plan"] = c10::IValue::make_capsule(plan);
    return down.y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto capsule = context->saved_data["plan"].toCapsule();
    const Plan& plan = static_cast<const Plan&>(*capsule);
    const variable_list slots = plan.slots.spread(saved);
    const Tensor* const kept = saved.data() + plan.slots.count();
    const Tensor dy = gradients[0].contiguous();
    variable_list out(slots.size());
    const auto pass = [&](std::size_t layer, const Tensor& read, const Tensor& dresult,
                          InputGradient* input) {
      Wanted wanted;
      for (std::size_t k = 0; k < wanted.size(); ++k) {
        wanted[k] = plan.slots.wanted(*context, part_slot(layer) + k);
      }
      const LayerParts done = layer_backward(parts_of(slots, layer, plan), read, kept[kLow + layer],
                                             dresult, wanted, input);
      std::ranges::copy(done.list(), out.begin() + static_cast<std::ptrdiff_t>(part_slot(layer)));
    };
    // What down read is made again on the way to the gradients that need it.
    const SwiGluGradients inner = swiglu_backward(
        layer_input_gradient(parts_of(slots, kDown, plan), dy), kept[kGateResult], kept[kUpResult]);
    pass(kDown, inner.y, dy, nullptr);
    const Tensor read = norm_again(slots[kX], slots[kNorm], kept[kFactor]);
    InputGradient input;
    pass(kGate, read, inner.gate, &input);
    pass(kUp, read, inner.up, &input);
    const NormGradients norm = norm_backward(input.sum(), slots[kX], slots[kNorm], kept[kFactor],
                                             dy, plan.slots.wanted(*context, kNorm));
    out[kX] = norm.x;
    out[kNorm] = norm.weight;
    variable_list given = plan.slots.defined(out);
    given.emplace_back();  // the plan's
    return given;
  }

 private:
  static std::size_t part_slot(std::size_t layer) {
    return kFirstPart + layer * LayerParts::kCount;
  }
  static LayerParts parts_of(const variable_list& slots, std::size_t layer, const Plan& plan) {
    return layer_parts(std::span(slots).subspan(part_slot(layer), LayerParts::kCount),
                       plan.scales[layer]);
  }
};

Tensor feed_forward_on_kernels(const RmsNorm& norm, const Mlp& mlp, const Tensor& x) {
  auto plan = c10::make_intrusive<FeedForward::Plan>();
  plan->eps = norm.eps;
  variable_list slots = {x, norm_weight(norm)};
  const std::array<const Linear*, 3> layers = {&mlp.gate_proj, &mlp.up_proj, &mlp.down_proj};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerParts parts = layer_parts(*layers[i], x);
    plan->scales[i] = parts.scale;
    for (const Tensor& part : parts.list()) slots.push_back(part);
  }
  plan->slots = InputSlots(slots);
  return FeedForward::apply(at::TensorList(plan->slots.defined(slots)), plan);
}

}  // namespace

GatedActivation gated_activation(std::string_view name) {
  return row_named(kActivations, "hidden_act", name).apply;
}

Tensor feed_forward(const RmsNorm& norm, const Mlp& mlp, const Tensor& x, const Mode& mode) {
  const bool drop =
      drops(mlp.gate_proj, mode) || drops(mlp.up_proj, mode) || drops(mlp.down_proj, mode);
  if (tensor::on_kernels(x) && mlp.activation == swiglu && !drop) {
    return feed_forward_on_kernels(norm, mlp, x.contiguous());
  }
  const std::array<const Linear*, 2> inner = {&mlp.gate_proj, &mlp.up_proj};
  const std::vector<Tensor> read = project(&norm, inner, x, mode);
  return project_onto(x, mlp.down_proj, mlp.activation(read[0], read[1]), mode);
}

}  // namespace fettle::nn
