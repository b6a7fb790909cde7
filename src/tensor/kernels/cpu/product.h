// Dense products on the CPU, over matrices with any strides: nothing is copied whole and no packed
// weights are kept. A strip of b as wide as a register tile is packed (transposed, converted) into
// the first-level cache and serves all rows of a; where a's rows are few, a is packed and b is read
// where it lies. Sums are float32.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tensor/kernels/cpu/element.h"

namespace fettle::tensor::cpu {

// Element (i, j) lies at data[i * row_stride + j * column_stride].
struct Matrix {
  const void* data = nullptr;
  std::int64_t row_stride = 0;
  std::int64_t column_stride = 1;
  Element element = Element::kFloat32;
};

template <class T>
[[nodiscard]] Matrix matrix(const T* data, std::int64_t row_stride,
                            std::int64_t column_stride = 1) {
  return {data, row_stride, column_stride, kElementOf<T>};
}

// a b, with a [rows, depth] and b [depth, columns]. Where b is bfloat16 and the CPU multiplies
// bfloat16 natively, a is rounded to it.
struct Product {
  Matrix a;
  Matrix b;
  std::int64_t depth = 0;
  // b in the order of the kernel's bring(), if it stands somewhere: `strip_size` floats from strip
  // to strip.
  const float* strips = nullptr;
  std::int64_t strip_size = 0;
};

// A dense row-major result; `stride` elements from row to row.
struct Result {
  void* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t stride = 0;
  Element element = Element::kFloat32;
};

template <class T>
[[nodiscard]] Result result(T* data, std::int64_t rows, std::int64_t columns, std::int64_t stride) {
  return {data, rows, columns, stride, kElementOf<T>};
}

// result = sum of the products, or that added to what stands there. Runs on libtorch's threads;
// each element is summed in one order, whatever their number. Needs has_kernels().
void multiply(std::span<const Product> products, const Result& result, bool accumulate = false);

// Whether this CPU has kernels of ours; without, libtorch's operators serve.
[[nodiscard]] bool has_kernels();
// "amx", "avx512bf16", "avx512", "avx2" or "aten" (none of ours); see kernels() in
// tensor/kernels/cpu/kernels.h.
[[nodiscard]] std::string_view kernels_name();

}  // namespace fettle::tensor::cpu
