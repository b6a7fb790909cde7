#include "nn/rms_norm.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/rsqrt.h>

namespace fettle::nn {

Tensor rms_norm(const RmsNorm& norm, const Tensor& x) {
  const Tensor wide = x.to(at::kFloat);
  const Tensor scale = at::rsqrt(wide.square().mean({-1}, /*keepdim=*/true).add(norm.eps));
  return norm.weight.to(x.scalar_type()) * (wide * scale).to(x.scalar_type());
}

}  // namespace fettle::nn
