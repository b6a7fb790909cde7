// The optimizers: moments keyed by parameter name, so that a checkpoint cannot bind them to the
// wrong tensor.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "optim/config.h"
#include "optim/parameter.h"

namespace fettle::optim {

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  // Applies the gradients in Parameter::value.grad(); parameters without one are left alone.
  virtual void step(std::span<const Parameter> parameters, double learning_rate) = 0;
  // Moments as "exp_avg.<parameter>", "exp_avg_sq.<parameter>"; contiguous CPU or device tensors.
  [[nodiscard]] virtual std::map<std::string, Tensor> state() const = 0;
  // Throws ModelError naming a tensor that is missing, unknown or of another shape.
  virtual void load_state(std::span<const Parameter> parameters,
                          const std::map<std::string, Tensor>& state, std::int64_t steps) = 0;
  // Steps applied so far (Adam's bias correction counts them).
  [[nodiscard]] virtual std::int64_t steps() const = 0;
};

struct OptimizerRow {
  std::string_view name;
  std::unique_ptr<Optimizer> (*make)(const OptimConfig& config);
  std::string_view help;
  std::string_view source;
};

[[nodiscard]] std::span<const OptimizerRow> optimizers();
[[nodiscard]] std::unique_ptr<Optimizer> make_optimizer(const OptimConfig& config);

// The global 2-norm of all gradients, float64.
[[nodiscard]] double gradient_norm(std::span<const Parameter> parameters);
// Scales all gradients by min(1, max_norm / (norm + 1e-6)), as torch's clip_grad_norm_. 0: off.
void clip_gradients(std::span<const Parameter> parameters, double norm, double max_norm);
void clear_gradients(std::span<const Parameter> parameters);

}  // namespace fettle::optim
