#include "nn/layer_pass.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/sum.h>

#include "base/error.h"
#include "tensor/kernels/cpu/pointwise.h"
#include "tensor/on_kernels.h"

namespace fettle::nn {
namespace {

namespace cpu = tensor::cpu;
using tensor::matrix_of;
using tensor::result_of;
using tensor::turned;

// A master in x's type, times `scale`.
Tensor scaled(const Tensor& master, double scale, const Tensor& x) {
  const Tensor plain = master.detach().to(at::kFloat).contiguous();
  if (scale == 1.0 && x.scalar_type() == at::kFloat) return plain;
  Tensor out = at::empty(plain.sizes(), x.options());
  tensor::by_element(x.scalar_type(), [&]<class T>(T) {
    cpu::times(plain.numel(), tensor::data_of<float>(plain), static_cast<float>(scale),
               tensor::mutable_data_of<T>(out));
  });
  return out;
}

Tensor matrix_product(const cpu::Matrix& a, const cpu::Matrix& b, std::int64_t rows,
                      std::int64_t columns, std::int64_t depth, at::ScalarType type) {
  Tensor out = at::empty({rows, columns}, at::TensorOptions(type));
  const cpu::Product one = {a, b, depth};
  cpu::multiply({&one, 1}, result_of(out));
  return out;
}

// x W^T
Tensor times_turned(const Tensor& x, const Tensor& weight) {
  return matrix_product(matrix_of(x), turned(weight), x.size(0), weight.size(0), x.size(1),
                        x.scalar_type());
}

// y^T x, float32: the gradient of a weight. A narrow x is the one that is turned: of the other,
// whole lines are read.
Tensor outer(const Tensor& y, const Tensor& x) {
  if (4 * x.size(1) <= y.size(1)) {
    const Tensor narrow =
        matrix_product(turned(x), matrix_of(y), x.size(1), y.size(1), x.size(0), at::kFloat);
    Tensor out = at::empty({y.size(1), x.size(1)}, narrow.options());
    cpu::turn({x.size(1), y.size(1)}, tensor::data_of<float>(narrow),
              tensor::mutable_data_of<float>(out));
    return out;
  }
  return matrix_product(turned(y), matrix_of(x), y.size(1), x.size(1), y.size(0), at::kFloat);
}

// What y holds before the products are added: onto, the bias, or nothing that is read.
Tensor begin_result(const LayerParts& parts, const Tensor& x, const Tensor& onto) {
  Tensor y = at::empty({x.size(0), parts.weight.size(0)}, x.options());
  if (onto.defined()) y.copy_(onto);
  if (parts.bias.defined()) {
    if (onto.defined()) {
      y.add_(parts.bias);
    } else {
      y.copy_(parts.bias.expand_as(y));
    }
  }
  return y;
}

}  // namespace

LayerParts layer_parts(const Linear& layer, const Tensor& x) {
  LayerParts parts;
  parts.weight = as_type_of(layer.weight, x).contiguous();
  if (layer.bias.defined()) parts.bias = as_type_of(layer.bias, x).contiguous();
  if (layer.low_rank) {
    parts.a = layer.low_rank->a;
    parts.b = layer.low_rank->b;
    parts.scale = layer.low_rank->scale;
  }
  return parts;
}

LayerParts layer_parts(std::span<const Tensor> list, double scale) {
  return {list[0], list[1], list[2], list[3], scale};
}

Forwarded layer_forward(const LayerParts& parts, const Tensor& x, const Tensor& onto) {
  Forwarded out;
  out.y = begin_result(parts, x, onto);
  const bool added = onto.defined() || parts.bias.defined();
  std::vector<cpu::Product> products = {{matrix_of(x), turned(parts.weight), x.size(1)}};
  Tensor b;
  if (parts.a.defined()) {
    out.low = times_turned(x, scaled(parts.a, parts.scale, x));
    b = scaled(parts.b, 1.0, x);
    products.push_back({matrix_of(out.low), turned(b), b.size(1)});
  }
  cpu::multiply(products, result_of(out.y), added);
  return out;
}

void InputGradient::add(const Tensor& dy, const Tensor& weight) {
  if (dy.size(1) != weight.size(0)) {
    throw InternalError("a gradient of {} columns and a weight of {} rows", dy.size(1),
                        weight.size(0));
  }
  products_.push_back({matrix_of(dy), matrix_of(weight), dy.size(1)});
  kept_.push_back(dy);
  kept_.push_back(weight);
}

Tensor InputGradient::sum() const {
  Tensor out = at::empty({kept_[0].size(0), kept_[1].size(1)}, kept_[0].options());
  cpu::multiply(products_, result_of(out));
  return out;
}

LayerParts layer_backward(const LayerParts& parts, const Tensor& x, const Tensor& low,
                          const Tensor& dy, const Wanted& wanted, InputGradient* input) {
  LayerParts out;
  const auto [weight, bias, a, b] = wanted;
  if (weight) out.weight = outer(dy, x).to(parts.weight.scalar_type());
  if (bias) out.bias = at::sum(dy, {0}).to(parts.bias.scalar_type());
  if (input != nullptr) input->add(dy, parts.weight);
  if (!parts.a.defined()) return out;
  if (b) out.b = outer(dy, low);
  if (!a && input == nullptr) return out;
  const Tensor b_scaled = scaled(parts.b, parts.scale, dy);
  const Tensor inner = matrix_product(matrix_of(dy), matrix_of(b_scaled), dy.size(0),
                                      b_scaled.size(1), dy.size(1), dy.scalar_type());
  if (a) out.a = outer(inner, x);
  if (input != nullptr) input->add(inner, scaled(parts.a, 1.0, dy));
  return out;
}

Tensor layer_input_gradient(const LayerParts& parts, const Tensor& dy) {
  InputGradient input;
  (void)layer_backward(parts, {}, {}, dy, Wanted{}, &input);
  return input.sum();
}

}  // namespace fettle::nn
