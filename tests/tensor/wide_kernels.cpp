// The kernels' source at the width of AVX-512, in instructions that any machine of the tests has:
// what the width changes is tested where the processor is narrower.
#define FETTLE_LANES 16
#define FETTLE_TILE_ROWS 12
#include "tests/tensor/wide_kernels.h"

#include "tensor/kernels/cpu/product_kernel.h"
#include "tensor/kernels/cpu/rows_kernel.h"

namespace fettle::tensor::cpu {

void multiply_wide(const Part& part) { multiply_part(part); }

const RowKernels& row_kernels_wide() { return rows::kTable; }

}  // namespace fettle::tensor::cpu
