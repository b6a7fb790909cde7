// The inputs of a differentiable operation of which some may be undefined: libtorch takes only
// defined ones. Included where autograd functions are defined.
#pragma once

#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "tensor/tensor.h"

namespace fettle::nn {

class InputSlots {
 public:
  using List = torch::autograd::variable_list;

  InputSlots() = default;
  explicit InputSlots(const List& slots) {
    for (const Tensor& slot : slots) places_.push_back(slot.defined() ? count_++ : kNone);
  }

  // The slots that are defined, in order: what the operation is given.
  [[nodiscard]] List defined(const List& slots) const {
    List out;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (places_[i] != kNone) out.push_back(slots[i]);
    }
    return out;
  }

  // All slots, from what the operation is given (or later ones, for what was saved of it).
  [[nodiscard]] List spread(at::TensorList given) const {
    List out(places_.size());
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (places_[i] != kNone) out[i] = given[places_[i]];
    }
    return out;
  }

  // Empties a slot of what is saved: the backward pass does not read it.
  void forget(List& saved, std::size_t slot) const {
    if (places_[slot] != kNone) saved[places_[slot]] = Tensor();
  }

  [[nodiscard]] std::size_t count() const { return count_; }

  [[nodiscard]] bool wanted(torch::autograd::AutogradContext& context, std::size_t slot) const {
    return places_[slot] != kNone && context.needs_input_grad(places_[slot]);
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> places_;
  std::size_t count_ = 0;
};

}  // namespace fettle::nn
