// A sum of x W^T as one differentiable operation: a linear layer, with what an adapter adds to it
// in the same accumulation.
#pragma once

#include <optional>

#include "tensor/tensor.h"

namespace fettle::nn {

// scale * x W^T; x: [rows, in], weight: [out, in], of one type and device.
struct Term {
  Tensor x;
  Tensor weight;
  double scale = 1.0;
};

// first + second + bias, [rows, out]. float32 on a CPU with kernels of ours runs on them (forward
// and backward, tensor/kernels/cpu/product.h); all else on libtorch's operators. bias: [out], or
// undefined.
[[nodiscard]] Tensor sum_of_products(const Term& first, const std::optional<Term>& second = {},
                                     const Tensor& bias = {});

}  // namespace fettle::nn
