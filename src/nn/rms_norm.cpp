#include "nn/rms_norm.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/rsqrt.h>
#include <torch/csrc/autograd/custom_function.h>

#include "nn/norm_pass.h"
#include "tensor/kernels/cpu/pointwise.h"
#include "tensor/on_kernels.h"

namespace fettle::nn {
namespace {

namespace cpu = tensor::cpu;
using tensor::data_of;
using tensor::mutable_data_of;

cpu::Rows rows_of(const Tensor& x) { return {x.numel() / x.size(-1), x.size(-1)}; }

// Keeps x and a factor a row; what is normalised is computed again.
class RmsNormOperation : public torch::autograd::Function<RmsNormOperation> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x,
                        const Tensor& weight, double eps) {
    const Normed normed = norm_forward(x, weight, eps);
    context->save_for_backward({x, weight, normed.r});
    return normed.y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const NormGradients done = norm_backward(gradients[0].contiguous(), saved[0], saved[1],
                                             saved[2], {}, context->needs_input_grad(1));
    return {done.x, done.weight, Tensor()};
  }
};

}  // namespace

Tensor norm_weight(const RmsNorm& norm) { return norm.weight.to(at::kFloat).contiguous(); }

Normed norm_forward(const Tensor& x, const Tensor& weight, double eps) {
  const cpu::Rows rows = rows_of(x);
  Normed out = {at::empty_like(x), at::empty({rows.count}, at::TensorOptions(at::kFloat))};
  tensor::by_element(x.scalar_type(), [&]<class T>(T) {
    cpu::rms_norm(rows, data_of<T>(x), data_of<float>(weight), static_cast<float>(eps),
                  mutable_data_of<T>(out.y), mutable_data_of<float>(out.r));
  });
  return out;
}

Tensor norm_again(const Tensor& x, const Tensor& weight, const Tensor& r) {
  Tensor y = at::empty_like(x);
  tensor::by_element(x.scalar_type(), [&]<class T>(T) {
    cpu::scale_norm(rows_of(x), data_of<T>(x), data_of<float>(weight), data_of<float>(r),
                    mutable_data_of<T>(y));
  });
  return y;
}

NormGradients norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight,
                            const Tensor& r, const Tensor& beside, bool wants_weight) {
  NormGradients out;
  out.x = at::empty_like(x);
  if (wants_weight) out.weight = at::empty_like(weight);
  tensor::by_element(x.scalar_type(), [&]<class T>(T) {
    cpu::rms_norm_backward(rows_of(x), data_of<T>(dy), data_of<T>(x), data_of<float>(weight),
                           data_of<float>(r), beside.defined() ? data_of<T>(beside) : nullptr,
                           mutable_data_of<T>(out.x),
                           wants_weight ? mutable_data_of<float>(out.weight) : nullptr);
  });
  return out;
}

Tensor rms_norm(const RmsNorm& norm, const Tensor& x) {
  if (tensor::on_kernels(x)) {
    return RmsNormOperation::apply(x.contiguous(), norm_weight(norm), norm.eps);
  }
  const Tensor wide = x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
  const Tensor scale = at::rsqrt(wide.square().mean({-1}, /*keepdim=*/true).add(norm.eps));
  return norm.weight.to(x.scalar_type()) * (wide * scale).to(x.scalar_type());
}

}  // namespace fettle::nn
