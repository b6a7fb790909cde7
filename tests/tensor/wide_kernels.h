#pragma once

#include "tensor/kernels/cpu/kernels.h"

namespace fettle::tensor::cpu {

void multiply_wide(const Part& part);
void multiply_tiles(const Part& part);
const RowKernels& row_kernels_wide();

}  // namespace fettle::tensor::cpu
