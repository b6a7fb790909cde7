#include "nn/rms_norm.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/rsqrt.h>
#include <torch/csrc/autograd/custom_function.h>

#include "tensor/kernels/cpu/pointwise.h"
#include "tensor/on_kernels.h"

namespace fettle::nn {
namespace {

tensor::cpu::Rows rows_of(const Tensor& x) { return {x.numel() / x.size(-1), x.size(-1)}; }

// Keeps x and a factor a row; what is normalised is computed again.
class RmsNormOperation : public torch::autograd::Function<RmsNormOperation> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x,
                        const Tensor& weight, double eps) {
    const tensor::cpu::Rows rows = rows_of(x);
    Tensor y = at::empty_like(x);
    Tensor r = at::empty({rows.count}, at::TensorOptions(at::kFloat));
    tensor::cpu::rms_norm(rows, x.const_data_ptr<float>(), weight.const_data_ptr<float>(),
                          static_cast<float>(eps), y.mutable_data_ptr<float>(),
                          r.mutable_data_ptr<float>());
    context->save_for_backward({x, weight, r});
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const Tensor dy = gradients[0].contiguous();
    Tensor dx = at::empty_like(saved[0]);
    Tensor dweight;
    if (context->needs_input_grad(1)) dweight = at::empty_like(saved[1]);
    tensor::cpu::rms_norm_backward(rows_of(saved[0]), dy.const_data_ptr<float>(),
                                   saved[0].const_data_ptr<float>(),
                                   saved[1].const_data_ptr<float>(),
                                   saved[2].const_data_ptr<float>(), dx.mutable_data_ptr<float>(),
                                   dweight.defined() ? dweight.mutable_data_ptr<float>() : nullptr);
    return {dx, dweight, Tensor()};
  }
};

}  // namespace

Tensor rms_norm(const RmsNorm& norm, const Tensor& x) {
  if (tensor::on_kernels(x)) {
    return RmsNormOperation::apply(x.contiguous(), norm.weight.to(at::kFloat).contiguous(),
                                   norm.eps);
  }
  const Tensor wide = x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
  const Tensor scale = at::rsqrt(wide.square().mean({-1}, /*keepdim=*/true).add(norm.eps));
  return norm.weight.to(x.scalar_type()) * (wide * scale).to(x.scalar_type());
}

}  // namespace fettle::nn
