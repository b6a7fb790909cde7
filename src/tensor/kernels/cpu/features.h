// What this processor can do; the only place, with the kernels, that names instruction sets.
#pragma once

namespace fettle::tensor {

// True where bfloat16 products run natively (AVX512-BF16).
[[nodiscard]] bool cpu_multiplies_bfloat16();

}  // namespace fettle::tensor
