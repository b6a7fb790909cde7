#include "nn/projections.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <array>

#include "nn/input_slots.h"
#include "nn/layer_pass.h"
#include "nn/norm_pass.h"
#include "tensor/on_kernels.h"

namespace fettle::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// What is no tensor: kept with the graph.
struct Plan : torch::CustomClassHolder {
  InputSlots slots;
  std::vector<double> scales;  // of the layers' adapters
  double eps = 0;
};

// Slots: x, what it is added onto, the norm's weight, then each layer's parts.
enum Slot : std::size_t { kX, kOnto, kNorm, kFirstPart };

std::size_t part_slot(std::size_t layer) { return kFirstPart + layer * LayerParts::kCount; }

LayerParts parts_of(const variable_list& slots, std::size_t layer, const Plan& plan) {
  return layer_parts(std::span(slots).subspan(part_slot(layer), LayerParts::kCount),
                     plan.scales[layer]);
}

class Projections : public torch::autograd::Function<Projections> {
 public:
  static variable_list forward(AutogradContext* context, at::TensorList given,
                               const c10::intrusive_ptr<Plan>& plan) {
    const variable_list slots = plan->slots.spread(given);
    Normed normed = {slots[kX], {}};
    if (slots[kNorm].defined()) normed = norm_forward(slots[kX], slots[kNorm], plan->eps);
    variable_list saved = {given.begin(), given.end()};
    plan->slots.forget(saved, kOnto);
    saved.push_back(normed.r);
    variable_list out;
    for (std::size_t i = 0; i < plan->scales.size(); ++i) {
      const Forwarded done = layer_forward(parts_of(slots, i, *plan), normed.y, slots[kOnto]);
      out.push_back(done.y);
      saved.push_back(done.low);
    }
    context->save_for_backward(std::move(saved));
    context->saved_data["plan"] = c10::IValue::make_capsule(plan);
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto capsule = context->saved_data["plan"].toCapsule();
    const Plan& plan = static_cast<const Plan&>(*capsule);
    const variable_list slots = plan.slots.spread(saved);
    const Tensor* const kept = saved.data() + plan.slots.count();  // r, then each layer's low
    const bool wants_norm = plan.slots.wanted(*context, kNorm);
    const bool wants_input = plan.slots.wanted(*context, kX) || wants_norm;
    const bool normed = slots[kNorm].defined();
    const Tensor read = normed ? norm_again(slots[kX], slots[kNorm], kept[0]) : slots[kX];
    variable_list out(slots.size());
    InputGradient input;
    for (std::size_t i = 0; i < plan.scales.size(); ++i) {
      if (!gradients[i].defined()) continue;
      Wanted wanted;
      for (std::size_t k = 0; k < wanted.size(); ++k) {
        wanted[k] = plan.slots.wanted(*context, part_slot(i) + k);
      }
      const LayerParts done =
          layer_backward(parts_of(slots, i, plan), read, kept[1 + i], gradients[i].contiguous(),
                         wanted, wants_input ? &input : nullptr);
      std::ranges::copy(done.list(), out.begin() + static_cast<std::ptrdiff_t>(part_slot(i)));
    }
    if (plan.slots.wanted(*context, kOnto)) out[kOnto] = gradients[0];
    if (wants_input && normed) {
      const NormGradients done =
          norm_backward(input.sum(), slots[kX], slots[kNorm], kept[0], {}, wants_norm);
      out[kX] = done.x;
      out[kNorm] = done.weight;
    } else if (wants_input) {
      out[kX] = input.sum();
    }
    variable_list given = plan.slots.defined(out);
    given.emplace_back();  // the plan's
    return given;
  }
};

variable_list apply(const RmsNorm* norm, std::span<const Linear* const> layers, const Tensor& x,
                    const Tensor& onto) {
  auto plan = c10::make_intrusive<Plan>();
  if (norm != nullptr) plan->eps = norm->eps;
  const Tensor in = x.contiguous();
  variable_list slots = {in, onto.defined() ? onto.contiguous() : onto,
                         norm == nullptr ? Tensor() : norm_weight(*norm)};
  for (const Linear* const layer : layers) {
    const LayerParts parts = layer_parts(*layer, in);
    plan->scales.push_back(parts.scale);
    for (const Tensor& part : parts.list()) slots.push_back(part);
  }
  plan->slots = InputSlots(slots);
  return Projections::apply(at::TensorList(plan->slots.defined(slots)), plan);
}

}  // namespace

bool drops(const Linear& layer, const Mode& mode) {
  return mode.training && layer.low_rank && layer.low_rank->dropout > 0.0;
}

std::vector<Tensor> project(const RmsNorm* norm, std::span<const Linear* const> layers,
                            const Tensor& x, const Mode& mode) {
  const bool drop =
      std::ranges::any_of(layers, [&](const Linear* layer) { return drops(*layer, mode); });
  if (tensor::on_kernels(x) && !drop) return apply(norm, layers, x, {});
  const Tensor read = norm == nullptr ? x : rms_norm(*norm, x);
  std::vector<Tensor> out;
  for (const Linear* const layer : layers) out.push_back(linear(*layer, read, mode));
  return out;
}

Tensor project_onto(const Tensor& onto, const Linear& layer, const Tensor& x, const Mode& mode) {
  if (!tensor::on_kernels(x) || drops(layer, mode)) return onto + linear(layer, x, mode);
  const std::array<const Linear*, 1> one = {&layer};
  return apply(nullptr, one, x, onto)[0];
}

}  // namespace fettle::nn
