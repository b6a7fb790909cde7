#include <immintrin.h>

#define FETTLE_LANES 8
#define FETTLE_TILE_ROWS 6
#define FETTLE_LARGER(a, b) \
  reinterpret_cast<Vector>(_mm256_max_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b)))
#include "tensor/kernels/cpu/part_kernel.h"
#include "tensor/kernels/cpu/rows_kernel.h"

namespace fettle::tensor::cpu {

void multiply_avx2(const Part& part) { multiply_part(part); }

const RowKernels& row_kernels_avx2() { return rows::kTable; }

}  // namespace fettle::tensor::cpu
