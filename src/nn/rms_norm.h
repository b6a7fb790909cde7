// RMSNorm (arXiv 1910.07467): x / sqrt(mean(x^2) + eps) * weight, in float32 inside.
#pragma once

#include "tensor/tensor.h"

namespace fettle::nn {

struct RmsNorm {
  Tensor weight;  // [d]
  double eps = 1e-5;
};

// x: [..., d]; returns x's shape and type.
[[nodiscard]] Tensor rms_norm(const RmsNorm& norm, const Tensor& x);

}  // namespace fettle::nn
