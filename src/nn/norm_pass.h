// RMSNorm on the CPU's kernels: forward, again, and backward. x: contiguous [rows, d].
#pragma once

#include "nn/rms_norm.h"

namespace fettle::nn {

struct Normed {
  Tensor y;  // of x's type
  Tensor r;  // [rows] float32: 1 / sqrt(mean(x^2) + eps)
};

// The norm's weight as the kernels take it: float32, contiguous.
[[nodiscard]] Tensor norm_weight(const RmsNorm& norm);

[[nodiscard]] Normed norm_forward(const Tensor& x, const Tensor& weight, double eps);
// y once more, from x and r.
[[nodiscard]] Tensor norm_again(const Tensor& x, const Tensor& weight, const Tensor& r);

struct NormGradients {
  Tensor x;
  Tensor weight;  // undefined unless it is wanted
};

// beside: added to the gradient of x; undefined for none.
[[nodiscard]] NormGradients norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight,
                                          const Tensor& r, const Tensor& beside, bool wants_weight);

}  // namespace fettle::nn
