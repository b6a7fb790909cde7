#include "nn/linear.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/matmul.h>

#include "base/error.h"
#include "nn/products.h"

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
  const Tensor flat = x.reshape({-1, x.size(-1)});
  const Term base = {flat, as_type_of(layer.weight, x)};
  std::optional<Term> added;
  if (layer.low_rank) {
    const LowRank& low_rank = *layer.low_rank;
    const Term inner = {dropout(flat, low_rank.dropout, mode), as_type_of(low_rank.a, x)};
    added = Term{sum_of_products(inner), as_type_of(low_rank.b, x), low_rank.scale};
  }
  const Tensor bias = layer.bias.defined() ? as_type_of(layer.bias, x) : Tensor();
  const Tensor y = sum_of_products(base, added, bias);
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
