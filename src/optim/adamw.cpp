// AdamW (arXiv 1711.05101): float32 masters and moments, decoupled decay. ATen's fused step, which
// runs on CPUs and GPUs alike.
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <array>

#include "base/error.h"
#include "base/nearest.h"
#include "optim/optimizer.h"

namespace fettle::optim {
namespace {

struct Moments {
  Tensor exp_avg;
  Tensor exp_avg_sq;
};

// The tensors of one decay group, in the form that the fused step takes.
struct Group {
  std::vector<Tensor> values, gradients, exp_avgs, exp_avg_sqs, steps;
};

class AdamW final : public Optimizer {
 public:
  explicit AdamW(const OptimConfig& config) : config_(config) {}

  void step(std::span<const Parameter> parameters, double learning_rate) override {
    const c10::AutoGradMode no_gradient(false);
    ++steps_;
    std::array<Group, 2> groups;
    for (const Parameter& parameter : parameters) {
      const Tensor& gradient = parameter.value.grad();
      if (!gradient.defined()) continue;
      const Moments& moments = moments_of(parameter);
      Group& group = groups[parameter.decays ? 1 : 0];
      group.values.push_back(parameter.value);
      group.gradients.push_back(gradient);
      group.exp_avgs.push_back(moments.exp_avg);
      group.exp_avg_sqs.push_back(moments.exp_avg_sq);
      // The fused step reads the count as it stands after this step.
      group.steps.push_back(at::full({}, static_cast<double>(steps_),
                                     parameter.value.options().requires_grad(false)));
    }
    for (std::size_t decays = 0; decays < groups.size(); ++decays) {
      Group& group = groups[decays];
      if (group.values.empty()) continue;
      at::_fused_adamw_(group.values, group.gradients, group.exp_avgs, group.exp_avg_sqs, {},
                        group.steps, learning_rate, config_.adam_beta1, config_.adam_beta2,
                        decays == 1 ? config_.weight_decay : 0.0, config_.adam_epsilon,
                        /*amsgrad=*/false, /*maximize=*/false);
    }
  }

  std::map<std::string, Tensor> state() const override {
    std::map<std::string, Tensor> out;
    for (const auto& [name, moments] : moments_) {
      out["exp_avg." + name] = moments.exp_avg;
      out["exp_avg_sq." + name] = moments.exp_avg_sq;
    }
    return out;
  }

  void load_state(std::span<const Parameter> parameters, const std::map<std::string, Tensor>& state,
                  std::int64_t steps) override {
    std::map<std::string, Moments> loaded;
    for (const Parameter& parameter : parameters) {
      if (!state.contains("exp_avg." + parameter.name) && steps == 0) continue;
      loaded[parameter.name] = {copy_of("exp_avg.", parameter, state),
                                copy_of("exp_avg_sq.", parameter, state)};
    }
    if (2 * loaded.size() != state.size()) {
      throw ModelError("the optimizer state holds {} tensors; the trained parameters need {}",
                       state.size(), 2 * loaded.size());
    }
    moments_ = std::move(loaded);
    steps_ = steps;
  }

  std::int64_t steps() const override { return steps_; }

 private:
  static Tensor copy_of(const std::string& prefix, const Parameter& parameter,
                        const std::map<std::string, Tensor>& state) {
    const auto found = state.find(prefix + parameter.name);
    if (found == state.end()) {
      throw ModelError("the optimizer state has no \"{}{}\"", prefix, parameter.name);
    }
    if (found->second.sizes() != parameter.value.sizes()) {
      throw ModelError("the optimizer state's \"{}{}\" has shape {}; the parameter has {}", prefix,
                       parameter.name, tensor::shape_text(found->second.sizes()),
                       tensor::shape_text(parameter.value.sizes()));
    }
    return found->second.to(parameter.value.device(), at::kFloat, /*non_blocking=*/false,
                            /*copy=*/true);
  }

  const Moments& moments_of(const Parameter& parameter) {
    Moments& moments = moments_[parameter.name];
    if (!moments.exp_avg.defined()) {
      moments.exp_avg = at::zeros_like(parameter.value.detach());
      moments.exp_avg_sq = at::zeros_like(parameter.value.detach());
    }
    return moments;
  }

  OptimConfig config_;
  std::map<std::string, Moments> moments_;
  std::int64_t steps_ = 0;
};

const std::array<OptimizerRow, 1> kOptimizers = {{
    {"adamw",
     [](const OptimConfig& config) -> std::unique_ptr<Optimizer> {
       return std::make_unique<AdamW>(config);
     },
     "Adam with decoupled weight decay", "arXiv 1711.05101"},
}};

}  // namespace

std::span<const OptimizerRow> optimizers() { return kOptimizers; }

std::unique_ptr<Optimizer> make_optimizer(const OptimConfig& config) {
  return row_named(kOptimizers, "optim", config.optim).make(config);
}

}  // namespace fettle::optim
