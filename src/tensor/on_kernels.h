// Which tensors the CPU kernels take, and how they take them; all others go through libtorch's
// operators.
#pragma once

#include "tensor/kernels/cpu/product.h"
#include "tensor/tensor.h"

namespace fettle::tensor {

// float32 or bfloat16 on a CPU that has kernels of ours.
[[nodiscard]] inline bool on_kernels(at::Device device, at::ScalarType type) {
  return device.is_cpu() && (type == at::kFloat || type == at::kBFloat16) && cpu::has_kernels();
}
[[nodiscard]] inline bool on_kernels(const Tensor& x) {
  return on_kernels(x.device(), x.scalar_type());
}

template <class T>
[[nodiscard]] const T* data_of(const Tensor& x) {
  return static_cast<const T*>(x.const_data_ptr());
}
template <class T>
[[nodiscard]] T* mutable_data_of(const Tensor& x) {
  return static_cast<T*>(x.mutable_data_ptr());
}

// body(T{}) for the type of the kernels' elements that `type` is.
template <class Body>
decltype(auto) by_element(at::ScalarType type, const Body& body) {
  if (type == at::kBFloat16) return body(cpu::Bfloat16{});
  return body(0.0F);
}

[[nodiscard]] inline cpu::Element element_of(const Tensor& x) {
  return x.scalar_type() == at::kBFloat16 ? cpu::Element::kBfloat16 : cpu::Element::kFloat32;
}

// A contiguous matrix [rows, columns], and the same turned.
[[nodiscard]] inline cpu::Matrix matrix_of(const Tensor& x) {
  return {x.const_data_ptr(), x.size(1), 1, element_of(x)};
}
[[nodiscard]] inline cpu::Matrix turned(const Tensor& x) {
  return {x.const_data_ptr(), 1, x.size(1), element_of(x)};
}
[[nodiscard]] inline cpu::Result result_of(const Tensor& x) {
  return {x.mutable_data_ptr(), x.size(0), x.size(1), x.size(1), element_of(x)};
}

}  // namespace fettle::tensor
