#include "tensor/kernels/cpu/avx512_set.h"
#include "tensor/kernels/cpu/part_kernel.h"
#include "tensor/kernels/cpu/rows_kernel.h"

namespace fettle::tensor::cpu {

void multiply_avx512(const Part& part) { multiply_part(part); }

const RowKernels& row_kernels_avx512() { return rows::kTable; }

}  // namespace fettle::tensor::cpu
