// Operations on rows of float32 that are not products, for one thread: a table an instruction set.
#pragma once

#include <cstdint>

namespace fettle::tensor::cpu {

struct RowKernels {
  // In place: values become their softmax. Returns the logarithm of the sum of their exponentials.
  float (*softmax)(float* values, std::int64_t size);
  // In place: values become exp(value - shift).
  void (*exp_shifted)(float* values, std::int64_t size, float shift);
  // In place: from the gradient of a softmax's results (`gradient`) to that of its inputs;
  // `dot` is the sum of gradient * share.
  void (*softmax_backward)(float* gradient, const float* share, std::int64_t size, float dot);
  float (*dot)(const float* a, const float* b, std::int64_t size);
  void (*add)(float* to, const float* from, std::int64_t size);

  // y = x * r * weight with r = 1 / sqrt(mean(x^2) + eps), which is returned (arXiv 1910.07467).
  float (*rms_norm)(const float* x, const float* weight, std::int64_t size, float eps, float* y);
  // dx of that, and weight_gradient += unless it is null.
  void (*rms_norm_backward)(const float* dy, const float* x, const float* weight, std::int64_t size,
                            float r, float* dx, float* weight_gradient);
  // y's halves are x's halves turned: first cos - second sin, second cos + first sin, where sin is
  // multiplied by `direction` (1, or -1 to turn back). cos, sin: [half].
  void (*rotate)(const float* x, const float* cos, const float* sin, std::int64_t half,
                 float direction, float* y);
  // y = gate * sigmoid(gate) * up (SwiGLU, arXiv 2002.05202).
  void (*swiglu)(const float* gate, const float* up, std::int64_t size, float* y);
  void (*swiglu_backward)(const float* dy, const float* gate, const float* up, std::int64_t size,
                          float* gate_gradient, float* up_gradient);
};

}  // namespace fettle::tensor::cpu
