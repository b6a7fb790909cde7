#include "nn/linear.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>

#include <array>

#include "base/error.h"
#include "nn/projections.h"
#include "tensor/on_kernels.h"

namespace fettle::nn {
namespace {

Tensor by_libtorch(const Linear& layer, const Tensor& x, const Mode& mode) {
  Tensor y = at::linear(x, as_type_of(layer.weight, x));
  if (layer.low_rank) {
    const LowRank& low_rank = *layer.low_rank;
    const Tensor inner = at::linear(dropout(x, low_rank.dropout, mode), as_type_of(low_rank.a, x));
    // One pass adds the product to what stands there.
    y = at::addmm(y, inner, as_type_of(low_rank.b, x).t(), 1.0, low_rank.scale);
  }
  return layer.bias.defined() ? y + as_type_of(layer.bias, x) : y;
}

// The adapter reads another input than the layer.
Tensor part_by_part(const Linear& layer, const Tensor& x, const Mode& mode) {
  const LowRank& low_rank = *layer.low_rank;
  const Linear base = {layer.name, layer.weight, layer.bias};
  const Linear first = {layer.name, low_rank.a, {}};
  const Linear second = {layer.name, low_rank.b * low_rank.scale, {}};
  const Tensor inner = linear(first, dropout(x, low_rank.dropout, mode), mode);
  return project_onto(linear(base, x, mode), second, inner, mode);
}

}  // namespace

Tensor as_type_of(const Tensor& part, const Tensor& x) {
  return part.scalar_type() == x.scalar_type() ? part : part.to(x.scalar_type());
}

Tensor dropout(const Tensor& x, double probability, const Mode& mode) {
  if (!mode.training || probability <= 0.0) return x;
  if (!mode.dropout) throw InternalError("dropout {} without a random stream", probability);
  Tensor mask = at::empty_like(x).bernoulli_(1.0 - probability, mode.dropout);
  return x * mask.div_(1.0 - probability);
}

Tensor linear(const Linear& layer, const Tensor& x, const Mode& mode) {
  const Tensor flat = x.reshape({-1, x.size(-1)});
  Tensor y;
  if (!tensor::on_kernels(x)) {
    y = by_libtorch(layer, flat, mode);
  } else if (!drops(layer, mode)) {
    const std::array<const Linear*, 1> one = {&layer};
    y = project(nullptr, one, flat, mode)[0];
  } else {
    y = part_by_part(layer, flat, mode);
  }
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = y.size(-1);
  return y.view(shape);
}

Tensor merged_weight(const Linear& layer) {
  if (!layer.low_rank) throw InternalError("{} has no low-rank part to merge", layer.name);
  const LowRank& low_rank = *layer.low_rank;
  const Tensor delta = at::matmul(low_rank.b.to(at::kFloat), low_rank.a.to(at::kFloat));
  return layer.weight.to(at::kFloat).add(delta, low_rank.scale).to(layer.weight.scalar_type());
}

}  // namespace fettle::nn
