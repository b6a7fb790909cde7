#include "nn/recompute.h"

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace fettle::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The mode as it was when the part began: dropout draws from a stream of its own.
Mode snapshot(const Mode& mode) {
  Mode out = mode;
  if (out.dropout) out.dropout = out.dropout->clone();
  return out;
}

class Recomputed : public torch::autograd::Function<Recomputed> {
 public:
  struct Run : torch::CustomClassHolder {
    Part part;
    Mode before;
  };

  // given: x, then what is trained.
  static Tensor forward(AutogradContext* context, at::TensorList given, const Mode& mode,
                        const c10::intrusive_ptr<Run>& run) {
    run->before = snapshot(mode);
    context->save_for_backward({given.begin(), given.end()});
    context->saved_data["run"] = c10::IValue::make_capsule(run);
    return run->part(given[0], mode);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto capsule = context->saved_data["run"].toCapsule();
    const Run& run = static_cast<const Run&>(*capsule);
    variable_list inputs = context->get_saved_variables();
    inputs[0] = inputs[0].detach();
    inputs[0].set_requires_grad(context->needs_input_grad(0));
    const c10::AutoGradMode with_gradient(true);
    const Tensor result = run.part(inputs[0], snapshot(run.before));
    variable_list wanted;
    std::ranges::copy_if(inputs, std::back_inserter(wanted),
                         [](const Tensor& input) { return input.requires_grad(); });
    variable_list found =
        torch::autograd::grad({result}, wanted, {gradients[0]}, /*retain_graph=*/false,
                              /*create_graph=*/false, /*allow_unused=*/true);
    variable_list out;
    auto next = found.begin();
    for (const Tensor& input : inputs) {
      out.push_back(input.requires_grad() ? std::move(*next++) : Tensor());
    }
    out.resize(inputs.size() + 2);  // none for the mode and the run
    return out;
  }
};

}  // namespace

Tensor recomputed(const Part& part, const Tensor& x, const std::vector<Tensor>& trained,
                  const Mode& mode) {
  std::vector<Tensor> given = {x};
  std::ranges::copy_if(trained, std::back_inserter(given),
                       [](const Tensor& one) { return one.defined() && one.requires_grad(); });
  const bool wanted = c10::GradMode::is_enabled() && (x.requires_grad() || given.size() > 1);
  if (!wanted) return part(x, mode);
  auto run = c10::make_intrusive<Recomputed::Run>();
  run->part = part;
  return Recomputed::apply(at::TensorList(given), mode, run);
}

}  // namespace fettle::nn
