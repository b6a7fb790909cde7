// The light door to libtorch: the tensor type and its methods' declarations. Operators come from
// single ATen/ops headers where they are used; torch.h is the heavy door.
#pragma once

// First, or clang fails on an incomplete c10::IValue (pytorch issue 97689).
#include <ATen/core/ivalue.h>
//
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "tensor/dtype.h"

namespace fettle {
using at::Tensor;
}

namespace fettle::tensor {

// Throws InternalError naming `what`, the actual and the expected shape; -1 matches any size.
void expect_shape(const Tensor& value, std::initializer_list<std::int64_t> shape,
                  std::string_view what);

// "[2, 3]"
[[nodiscard]] std::string shape_text(at::IntArrayRef shape);

[[nodiscard]] at::ScalarType to_torch(DType dtype);
// Throws ModelError for an element type that no model file has.
[[nodiscard]] DType from_torch(at::ScalarType type);

// "cpu", "cuda", "cuda:1", or "auto": the first GPU that libtorch can use, else the CPU. Throws
// UsageError for an unknown name and for a GPU that is not there.
[[nodiscard]] at::Device parse_device(std::string_view name);

// "float32", "bfloat16", or "auto": bfloat16 where the device multiplies it natively (a GPU, or a
// CPU with AVX512-BF16 or AMX), else float32.
[[nodiscard]] at::ScalarType parse_compute_dtype(std::string_view name, at::Device device);
[[nodiscard]] std::string_view dtype_name(at::ScalarType type);

// Threads of libtorch's operators; 0 takes all that the process may run on.
void set_threads(std::int64_t count);
[[nodiscard]] std::int64_t threads();

// A 1-D CPU int64 or float tensor copied from values, moved to `device`.
[[nodiscard]] Tensor tensor_of(std::span<const std::int32_t> values, at::Device device);
[[nodiscard]] Tensor tensor_of(std::span<const std::int64_t> values, at::Device device);
[[nodiscard]] Tensor tensor_of(std::span<const float> values, at::Device device);

// Resident memory of this process now, bytes (VmRSS); 0 where the system does not say.
[[nodiscard]] std::uint64_t resident_memory_bytes();
// What the machine, or the control group that this process lives in, has left for it, bytes; 0
// where the system does not say.
[[nodiscard]] std::uint64_t available_memory_bytes();
// Peak resident memory of this process, bytes (VmHWM); 0 where the system does not say.
[[nodiscard]] std::uint64_t peak_memory_bytes();

}  // namespace fettle::tensor
