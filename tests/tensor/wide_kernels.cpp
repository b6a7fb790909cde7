// The kernels' source at the width of AVX-512, in instructions that any machine of the tests has:
// what the width changes is tested where the processor is narrower.
#define FETTLE_LANES 16
#define FETTLE_TILE_ROWS 12
#include "tests/tensor/wide_kernels.h"

#include "tensor/kernels/cpu/vector_kernel.h"

namespace fettle::tensor::cpu {
namespace {

// What the processor's instruction computes from pairs of bfloat16, first the lower of each.
inline Vector dot_pairs(Vector sum, Vector a, Vector b) {
  const Bits x = reinterpret_cast<Bits>(a);
  const Bits y = reinterpret_cast<Bits>(b);
  sum += reinterpret_cast<Vector>(x << 16) * reinterpret_cast<Vector>(y << 16);
  return sum +
         reinterpret_cast<Vector>(x & 0xffff0000U) * reinterpret_cast<Vector>(y & 0xffff0000U);
}

}  // namespace
}  // namespace fettle::tensor::cpu

#define FETTLE_DOT_PAIRS(sum, a, b) dot_pairs(sum, a, b)
#include "tensor/kernels/cpu/part_kernel.h"
#include "tensor/kernels/cpu/rows_kernel.h"

namespace fettle::tensor::cpu {

void multiply_wide(const Part& part) { multiply_part(part); }

const RowKernels& row_kernels_wide() { return rows::kTable; }

}  // namespace fettle::tensor::cpu
