// A linear layer with its adapter on the CPU's kernels: forward, and the gradients of its parts.
// What nn/'s differentiable operations are made of.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "nn/linear.h"
#include "tensor/kernels/cpu/product.h"

namespace fettle::nn {

// y = x W^T + b + scale * (x A^T) B^T. W and b have x's type; A and B are float32 masters. Parts
// that a layer lacks are undefined.
struct LayerParts {
  Tensor weight, bias, a, b;
  double scale = 1.0;

  static constexpr std::size_t kCount = 4;
  [[nodiscard]] std::array<Tensor, kCount> list() const { return {weight, bias, a, b}; }
};

// x: what the layer will read; its type is the computation's.
[[nodiscard]] LayerParts layer_parts(const Linear& layer, const Tensor& x);
// From what list() gave.
[[nodiscard]] LayerParts layer_parts(std::span<const Tensor> list, double scale);

struct Forwarded {
  Tensor y;    // [rows, out]
  Tensor low;  // scale * x A^T, [rows, r], for the backward pass; undefined without an adapter
};

// x: [rows, in], contiguous. onto: [rows, out] that y is added to, or undefined.
[[nodiscard]] Forwarded layer_forward(const LayerParts& parts, const Tensor& x,
                                      const Tensor& onto = {});

// The gradient of an input that several products read: summed in one go.
class InputGradient {
 public:
  // dy [rows, out] times weight [out, in]. Both are kept until sum().
  void add(const Tensor& dy, const Tensor& weight);
  // [rows, in] of the type of the first dy.
  [[nodiscard]] Tensor sum() const;

 private:
  std::vector<tensor::cpu::Product> products_;
  std::vector<Tensor> kept_;
};

// Which of LayerParts' gradients are wanted.
using Wanted = std::array<bool, LayerParts::kCount>;

// Their gradients from that of y, contiguous; those not wanted are undefined. x may be undefined
// when neither weight's nor a's is wanted. Adds to `input` unless it is null.
[[nodiscard]] LayerParts layer_backward(const LayerParts& parts, const Tensor& x, const Tensor& low,
                                        const Tensor& dy, const Wanted& wanted,
                                        InputGradient* input);

// The gradient of x alone.
[[nodiscard]] Tensor layer_input_gradient(const LayerParts& parts, const Tensor& dy);

}  // namespace fettle::nn
