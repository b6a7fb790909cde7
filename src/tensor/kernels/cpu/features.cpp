#include "tensor/kernels/cpu/features.h"

namespace fettle::tensor {

bool cpu_multiplies_bfloat16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

}  // namespace fettle::tensor
