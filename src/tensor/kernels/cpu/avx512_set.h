// What the kernels of all processors with AVX-512 have; included before any *_kernel.h.
#pragma once

#include <immintrin.h>

#define FETTLE_LANES 16
#define FETTLE_TILE_ROWS 12
// Masked, as GCC 12 warns of the plain forms' undefined operands; the instructions are the same.
#define FETTLE_LARGER(a, b) \
  reinterpret_cast<Vector>( \
      _mm512_maskz_max_ps(0xffff, reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b)))
// value 2^floor(power)
#define FETTLE_SCALE(value, power)                                                         \
  reinterpret_cast<Vector>(_mm512_maskz_scalef_ps(0xffff, reinterpret_cast<__m512>(value), \
                                                  reinterpret_cast<__m512>(power)))
// value - floor(value); 0 of -inf
#ifdef __AVX512DQ__
#define FETTLE_FRACTION(value) \
  reinterpret_cast<Vector>(_mm512_maskz_reduce_ps(0xffff, reinterpret_cast<__m512>(value), 1))
#endif
#ifdef __AVX512BF16__
#define FETTLE_NARROW(value) \
  reinterpret_cast<Halves>(_mm512_cvtneps_pbh(reinterpret_cast<__m512>(value)))
#endif
