// Linear layers that read one input, as one differentiable operation that keeps what its backward
// needs and no more.
#pragma once

#include <span>
#include <vector>

#include "nn/linear.h"
#include "nn/rms_norm.h"

namespace fettle::nn {

// layer(norm(x)) for each layer; norm: null for none. x: [rows, in]; returns [rows, out] each. On a
// CPU with kernels of ours what norm gives is computed twice instead of kept, and the gradient of
// its input is summed over all layers and adapters in one product.
[[nodiscard]] std::vector<Tensor> project(const RmsNorm* norm,
                                          std::span<const Linear* const> layers, const Tensor& x,
                                          const Mode& mode);

// onto + layer(x), as one accumulation. onto: [rows, out].
[[nodiscard]] Tensor project_onto(const Tensor& onto, const Linear& layer, const Tensor& x,
                                  const Mode& mode);

// Whether an adapter of the layer drops inputs in this mode: then it is computed part by part.
[[nodiscard]] bool drops(const Linear& layer, const Mode& mode);

}  // namespace fettle::nn
