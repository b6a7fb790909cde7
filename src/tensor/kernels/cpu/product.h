// Dense float32 products on the CPU, over matrices with any strides: nothing is copied whole and no
// packed weights are kept. A strip of b as wide as a register tile is packed (transposed, later
// also dequantised) into the first-level cache and serves all rows of a.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace fettle::tensor::cpu {

// Element (i, j) lies at data[i * row_stride + j * column_stride].
struct Matrix {
  const float* data = nullptr;
  std::int64_t row_stride = 0;
  std::int64_t column_stride = 1;
};

// scale * a b, with a [rows, depth] and b [depth, columns].
struct Product {
  Matrix a;
  Matrix b;
  std::int64_t depth = 0;
  float scale = 1.0F;
};

// A dense row-major result; `stride` floats from row to row.
struct Result {
  float* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t stride = 0;
};

// result = sum of the products, or that added to what stands there. Runs on libtorch's threads;
// each element is summed in one order, whatever their number. Needs has_kernels().
void multiply(std::span<const Product> products, const Result& result, bool accumulate = false);

// Whether this CPU has kernels of ours; without, libtorch's operators serve.
[[nodiscard]] bool has_kernels();
// "avx512", "avx2" or "aten" (none of ours); see kernels() in tensor/kernels/cpu/kernels.h.
[[nodiscard]] std::string_view kernels_name();

}  // namespace fettle::tensor::cpu
