#include "nn/products.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>

#include "base/error.h"
#include "tensor/kernels/cpu/product.h"
#include "tensor/on_kernels.h"

namespace fettle::nn {
namespace {

namespace cpu = tensor::cpu;

// Fewer rows are a matrix times a vector: there packing a strip does not pay.
constexpr std::int64_t kLeastRows = 8;

struct Factor {
  cpu::Matrix matrix;
  std::int64_t rows;
  std::int64_t columns;
};

Factor plain(const Tensor& x) {
  return {{x.const_data_ptr<float>(), x.size(1), 1}, x.size(0), x.size(1)};
}

Factor transposed(const Tensor& x) {
  return {{x.const_data_ptr<float>(), 1, x.size(1)}, x.size(1), x.size(0)};
}

cpu::Product product_of(const Factor& a, const Factor& b, double scale) {
  if (a.columns != b.rows) throw InternalError("a product of {} and {}", a.columns, b.rows);
  return {a.matrix, b.matrix, a.columns, static_cast<float>(scale)};
}

Tensor empty_result(std::int64_t rows, std::int64_t columns) {
  return at::empty({rows, columns}, at::TensorOptions(at::kFloat));
}

Tensor multiplied(const Factor& a, const Factor& b, double scale) {
  Tensor out = empty_result(a.rows, b.columns);
  const cpu::Product product = product_of(a, b, scale);
  cpu::multiply({&product, 1}, {out.mutable_data_ptr<float>(), a.rows, b.columns, b.columns});
  return out;
}

// x and weight are contiguous.
Tensor forward_of(const Term& first, const std::optional<Term>& second) {
  std::array<cpu::Product, 2> products;
  products[0] = product_of(plain(first.x), transposed(first.weight), first.scale);
  if (second) {
    products[1] = product_of(plain(second->x), transposed(second->weight), second->scale);
  }
  Tensor out = empty_result(first.x.size(0), first.weight.size(0));
  cpu::multiply(std::span(products).first(second ? 2 : 1),
                {out.mutable_data_ptr<float>(), out.size(0), out.size(1), out.size(1)});
  return out;
}

class SumOfProducts : public torch::autograd::Function<SumOfProducts> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x,
                        const Tensor& weight, const std::optional<Tensor>& second_x,
                        const std::optional<Tensor>& second_weight, double scale,
                        double second_scale) {
    context->save_for_backward(
        {x, weight, second_x.value_or(Tensor()), second_weight.value_or(Tensor())});
    context->saved_data["scales"] = std::vector<double>{scale, second_scale};
    std::optional<Term> second;
    if (second_x) second = Term{*second_x, *second_weight, second_scale};
    return forward_of({x, weight, scale}, second);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const Tensor gradient = gradients[0].contiguous();
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const std::vector<double> scales = context->saved_data["scales"].toDoubleVector();
    torch::autograd::variable_list out(6);
    for (std::size_t term = 0; term < 2; ++term) {
      const Tensor& x = saved[2 * term];
      const Tensor& weight = saved[2 * term + 1];
      if (!x.defined()) continue;
      if (context->needs_input_grad(2 * term)) {
        out[2 * term] = multiplied(plain(gradient), plain(weight), scales[term]);
      }
      if (context->needs_input_grad(2 * term + 1)) {
        out[2 * term + 1] = multiplied(transposed(gradient), plain(x), scales[term]);
      }
    }
    return out;
  }
};

Term contiguous(const Term& term) {
  return {term.x.contiguous(), term.weight.contiguous(), term.scale};
}

Tensor by_libtorch(const Term& first, const std::optional<Term>& second) {
  Tensor y = at::linear(first.x, first.weight);
  if (first.scale != 1.0) y = y * first.scale;
  if (!second) return y;
  // One pass adds the product to what stands there.
  return at::addmm(y, second->x, second->weight.t(), 1.0, second->scale);
}

}  // namespace

Tensor sum_of_products(const Term& first, const std::optional<Term>& second, const Tensor& bias) {
  Tensor y;
  if (tensor::on_kernels(first.x) && first.x.size(0) >= kLeastRows) {
    const Term a = contiguous(first);
    if (second) {
      const Term b = contiguous(*second);
      y = SumOfProducts::apply(a.x, a.weight, std::optional(b.x), std::optional(b.weight), a.scale,
                               b.scale);
    } else {
      const std::optional<Tensor> none;
      y = SumOfProducts::apply(a.x, a.weight, none, none, a.scale, 1.0);
    }
  } else {
    y = by_libtorch(first, second);
  }
  return bias.defined() ? y + bias : y;
}

}  // namespace fettle::nn
