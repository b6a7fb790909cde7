// The kernels of one instruction set, and the choice among them at run time.
#pragma once

#include <cstdint>
#include <string_view>

#include "tensor/kernels/cpu/product.h"
#include "tensor/kernels/cpu/rows.h"

namespace fettle::tensor::cpu {

// The share of one thread in a product.
struct Part {
  const Product* products;
  std::int64_t count;
  Result result;
  std::int64_t rows_begin, rows_end;
  std::int64_t columns_begin, columns_end;  // begins at a whole strip (a multiple of 32)
  bool accumulate;
};

void multiply_avx2(const Part& part);
const RowKernels& row_kernels_avx2();
void multiply_avx512(const Part& part);
const RowKernels& row_kernels_avx512();

struct Kernels {
  std::string_view name;
  bool (*runs)();
  void (*multiply)(const Part&);  // null: none of ours
  const RowKernels& (*rows)();
};

// The best that this CPU runs, or what the environment variable FETTLE_KERNELS names (avx512, avx2,
// aten). Throws UsageError if that is unknown or this CPU lacks it.
[[nodiscard]] const Kernels& kernels();

// The whole of a product in the calling thread.
void multiply_here(std::span<const Product> products, const Result& result, bool accumulate);

}  // namespace fettle::tensor::cpu
