#include "nn/linear.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>

#include "base/error.h"

namespace fettle::nn {
namespace {

Tensor as_type_of(const Tensor& weight, const Tensor& x) {
  return weight.scalar_type() == x.scalar_type() ? weight : weight.to(x.scalar_type());
}

}  // namespace

Tensor dropout(const Tensor& x, double probability, const Mode& mode) {
  if (!mode.training || probability <= 0.0) return x;
  if (!mode.dropout) throw InternalError("dropout {} without a random stream", probability);
  Tensor mask = at::empty_like(x).bernoulli_(1.0 - probability, mode.dropout);
  return x * mask.div_(1.0 - probability);
}

Tensor linear(const Linear& layer, const Tensor& x, const Mode& mode) {
  const Tensor weight = as_type_of(layer.weight, x);
  Tensor y = layer.bias.defined() ? at::linear(x, weight, as_type_of(layer.bias, x))
                                  : at::linear(x, weight);
  if (!layer.low_rank) return y;
  const LowRank& low_rank = *layer.low_rank;
  const Tensor input = dropout(x, low_rank.dropout, mode);
  const Tensor inner = at::linear(input, as_type_of(low_rank.a, x));
  const Tensor b = as_type_of(low_rank.b, x).t();
  // One pass adds the product to the frozen layer's output.
  const Tensor flat = at::addmm(y.reshape({-1, y.size(-1)}), inner.reshape({-1, inner.size(-1)}), b,
                                1.0, low_rank.scale);
  return flat.view(y.sizes());
}

Tensor merged_weight(const Linear& layer) {
  if (!layer.low_rank) throw InternalError("{} has no low-rank part to merge", layer.name);
  const LowRank& low_rank = *layer.low_rank;
  const Tensor delta = at::matmul(low_rank.b.to(at::kFloat), low_rank.a.to(at::kFloat));
  return layer.weight.to(at::kFloat).add(delta, low_rank.scale).to(layer.weight.scalar_type());
}

}  // namespace fettle::nn
