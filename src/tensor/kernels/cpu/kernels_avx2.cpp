#define FETTLE_LANES 8
#define FETTLE_TILE_ROWS 6
#include "tensor/kernels/cpu/part_kernel.h"
#include "tensor/kernels/cpu/rows_kernel.h"

namespace fettle::tensor::cpu {

void multiply_avx2(const Part& part) { multiply_part(part); }

const RowKernels& row_kernels_avx2() { return rows::kTable; }

}  // namespace fettle::tensor::cpu
