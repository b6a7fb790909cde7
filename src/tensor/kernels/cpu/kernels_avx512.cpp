#include <immintrin.h>

#define FETTLE_LANES 16
#define FETTLE_TILE_ROWS 12
#define FETTLE_LARGER(a, b) \
  reinterpret_cast<Vector>( \
      _mm512_maskz_max_ps(0xffff, reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b)))
#define FETTLE_SCALE(value, power)                                                         \
  reinterpret_cast<Vector>(_mm512_maskz_scalef_ps(0xffff, reinterpret_cast<__m512>(value), \
                                                  reinterpret_cast<__m512>(power)))
#include "tensor/kernels/cpu/part_kernel.h"
#include "tensor/kernels/cpu/rows_kernel.h"

namespace fettle::tensor::cpu {

void multiply_avx512(const Part& part) { multiply_part(part); }

const RowKernels& row_kernels_avx512() { return rows::kTable; }

}  // namespace fettle::tensor::cpu
