#include <ATen/ops/linalg_vector_norm.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "optim/optimizer.h"

namespace fettle::optim {

bool decays(std::string_view name) {
  return !name.ends_with(".bias") && name.find("norm") == std::string_view::npos;
}

double gradient_norm(std::span<const Parameter> parameters) {
  double squares = 0.0;
  for (const Parameter& parameter : parameters) {
    const Tensor& gradient = parameter.value.grad();
    if (!gradient.defined()) continue;
    const double norm = at::linalg_vector_norm(gradient).item<double>();
    squares += norm * norm;
  }
  return std::sqrt(squares);
}

void clip_gradients(std::span<const Parameter> parameters, double norm, double max_norm) {
  if (max_norm <= 0.0) return;
  const double scale = max_norm / (norm + 1e-6);
  if (scale >= 1.0) return;
  const c10::AutoGradMode no_gradient(false);
  for (const Parameter& parameter : parameters) {
    Tensor gradient = parameter.value.grad();
    if (gradient.defined()) gradient.mul_(scale);
  }
}

void clear_gradients(std::span<const Parameter> parameters) {
  for (const Parameter& parameter : parameters) {
    Tensor value = parameter.value;
    value.mutable_grad().reset();
  }
}

}  // namespace fettle::optim
