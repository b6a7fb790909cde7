#include "tensor/kernels/cpu/avx512_set.h"

// The tiles' numbers are part of the instructions: no function can take them.
#define FETTLE_TILE_CONFIGURE(bytes) _tile_loadconfig(bytes)
#define FETTLE_TILE_RELEASE() _tile_release()
#define FETTLE_TILE_ZERO(t) _tile_zero(t)
#define FETTLE_TILE_LOAD(t, from, stride) _tile_loadd(t, from, stride)
#define FETTLE_TILE_STORE(t, to, stride) _tile_stored(t, to, stride)
#define FETTLE_TILE_DOT(sum, a, b) _tile_dpbf16ps(sum, a, b)
#include "tensor/kernels/cpu/part_kernel.h"
#include "tensor/kernels/cpu/rows_kernel.h"

namespace fettle::tensor::cpu {

void multiply_amx(const Part& part) { multiply_part(part); }

bool keeps_strips_amx(const Part& part) { return !is_few(part) && fits_tiles(part); }

void bring_amx(const Matrix& b, std::int64_t depth, std::int64_t columns, float* strips) {
  bring_strips(b, depth, columns, strips);
}

const RowKernels& row_kernels_amx() { return rows::kTable; }

}  // namespace fettle::tensor::cpu
