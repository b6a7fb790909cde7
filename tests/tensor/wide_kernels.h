#pragma once

#include "tensor/kernels/cpu/kernels.h"

namespace fettle::tensor::cpu {

void multiply_wide(const Part& part);
void multiply_tiles(const Part& part);
void bring_tiles(const Matrix& b, std::int64_t depth, std::int64_t columns, float* strips);
const RowKernels& row_kernels_wide();

}  // namespace fettle::tensor::cpu
