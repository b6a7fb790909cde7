#include "tensor/kernels/cpu/avx512_set.h"

#define FETTLE_DOT_PAIRS(sum, a, b)                                        \
  reinterpret_cast<Vector>(_mm512_dpbf16_ps(reinterpret_cast<__m512>(sum), \
                                            reinterpret_cast<__m512bh>(a), \
                                            reinterpret_cast<__m512bh>(b)))
#include "tensor/kernels/cpu/part_kernel.h"
#include "tensor/kernels/cpu/rows_kernel.h"

namespace fettle::tensor::cpu {

void multiply_avx512bf16(const Part& part) { multiply_part(part); }

const RowKernels& row_kernels_avx512bf16() { return rows::kTable; }

}  // namespace fettle::tensor::cpu
