// Which tensors the CPU kernels take; all others go through libtorch's operators.
#pragma once

#include "tensor/kernels/cpu/product.h"
#include "tensor/tensor.h"

namespace fettle::tensor {

// float32 on a CPU that has kernels of ours.
[[nodiscard]] inline bool on_kernels(const Tensor& x) {
  return x.device().is_cpu() && x.scalar_type() == at::kFloat && tensor::cpu::has_kernels();
}

}  // namespace fettle::tensor
