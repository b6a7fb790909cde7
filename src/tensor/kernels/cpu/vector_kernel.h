// Vectors of one instruction set, and how numbers in memory become them. Included, as all
// *_kernel.h, once a file that is compiled for the set, after FETTLE_LANES is set. No std
// templates: the linker might take their copies for other processors.
#pragma once

#include <cstdint>

#include "tensor/kernels/cpu/element.h"

#ifndef FETTLE_LANES
#error "name the floats of a vector register: FETTLE_LANES"
#endif

namespace fettle::tensor::cpu {
namespace {

using i64 = std::int64_t;

constexpr int kLanes = FETTLE_LANES;

using Vector = float __attribute__((vector_size(FETTLE_LANES * 4)));
using Whole = std::int32_t __attribute__((vector_size(FETTLE_LANES * 4)));
using Bits = std::uint32_t __attribute__((vector_size(FETTLE_LANES * 4)));
using Halves = std::uint16_t __attribute__((vector_size(FETTLE_LANES * 2)));
using Eight = float __attribute__((vector_size(32)));
using EightBits = std::uint32_t __attribute__((vector_size(32)));
using EightHalves = std::uint16_t __attribute__((vector_size(16)));

template <class V, class T>
inline V load_as(const T* from) {
  V out;
  __builtin_memcpy(&out, from, sizeof(V));
  return out;
}

inline i64 least(i64 a, i64 b) { return a < b ? a : b; }
inline Vector all(float value) { return value - Vector{}; }

inline Vector wide(Halves halves) {
  return reinterpret_cast<Vector>(__builtin_convertvector(halves, Bits) << 16);
}
// Rounds to the nearest, to even in the middle; a NaN is made quiet. FETTLE_NARROW(value) is the
// processor's own, which takes numbers below 2^-126 for 0.
inline Halves narrow(Vector value) {
#ifdef FETTLE_NARROW
  return FETTLE_NARROW(value);
#else
  const Bits bits = reinterpret_cast<Bits>(value);
  const Bits rounded = (bits + 0x7fffU + (bits >> 16 & 1U)) >> 16;
  const Bits quiet = bits >> 16 | 64U;
  return __builtin_convertvector(value == value ? rounded : quiet, Halves);
#endif
}

inline Vector load(const float* from) { return load_as<Vector>(from); }
inline Vector load(const Bfloat16* from) { return wide(load_as<Halves>(from)); }
inline void store(float* to, Vector value) { __builtin_memcpy(to, &value, sizeof(Vector)); }
inline void store(Bfloat16* to, Vector value) {
  const Halves halves = narrow(value);
  __builtin_memcpy(to, &halves, sizeof(Halves));
}

inline float value_of(float x) { return x; }
inline float value_of(Bfloat16 x) {
  const std::uint32_t bits = std::uint32_t{x.bits} << 16;
  float out;
  __builtin_memcpy(&out, &bits, sizeof(out));
  return out;
}
inline void put(float* to, float value) { *to = value; }
inline void put(Bfloat16* to, float value) { to->bits = narrow(all(value))[0]; }

// The last lanes of a row, `fill` beyond its end.
template <class T>
inline Vector load_some(const T* from, i64 count, float fill) {
  Vector out = all(fill);
  for (i64 i = 0; i < count; ++i) out[i] = value_of(from[i]);
  return out;
}
template <class T>
inline void store_some(T* to, i64 count, Vector value) {
  for (i64 i = 0; i < count; ++i) put(to + i, value[i]);
}

// Lane i of the larger ones; where b's is no number, a's is not looked at.
inline Vector larger(Vector a, Vector b) {
#ifdef FETTLE_LARGER
  return FETTLE_LARGER(a, b);
#else
  return a > b ? a : b;
#endif
}

// Lanes change places with those that are `Distance` away.
template <int Distance>
inline Vector swapped(Vector value) {
  Whole lane{};
  for (int i = 0; i < kLanes; ++i) lane[i] = i ^ Distance;
  return __builtin_shuffle(value, lane);
}

template <int Distance = kLanes / 2>
inline float sum_of(Vector value) {
  value += swapped<Distance>(value);
  if constexpr (Distance > 1) return sum_of<Distance / 2>(value);
  return value[0];
}
template <int Distance = kLanes / 2>
inline float largest_of(Vector value) {
  value = larger(value, swapped<Distance>(value));
  if constexpr (Distance > 1) return largest_of<Distance / 2>(value);
  return value[0];
}

inline Eight load_eight(const float* from) { return load_as<Eight>(from); }
inline Eight load_eight(const Bfloat16* from) {
  return reinterpret_cast<Eight>(__builtin_convertvector(load_as<EightHalves>(from), EightBits)
                                 << 16);
}

template <int... Index>
inline Eight pick(Eight a, Eight b) {
  return __builtin_shufflevector(a, b, Index...);
}

// to[p * to_stride + j] = r[j][p], for p, j < 8; written in the order of p.
inline void transpose_8x8(const Eight* r, float* to, i64 to_stride) {
  Eight s[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    s[i] = pick<0, 8, 1, 9, 4, 12, 5, 13>(r[i], r[i + 1]);
    s[i + 1] = pick<2, 10, 3, 11, 6, 14, 7, 15>(r[i], r[i + 1]);
  }
  Eight t[8];
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    t[i] = pick<0, 1, 8, 9, 4, 5, 12, 13>(s[i], s[i + 2]);
    t[i + 1] = pick<2, 3, 10, 11, 6, 7, 14, 15>(s[i], s[i + 2]);
    t[i + 2] = pick<0, 1, 8, 9, 4, 5, 12, 13>(s[i + 1], s[i + 3]);
    t[i + 3] = pick<2, 3, 10, 11, 6, 7, 14, 15>(s[i + 1], s[i + 3]);
  }
  Eight columns[8];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    columns[i] = pick<0, 1, 2, 3, 8, 9, 10, 11>(t[i], t[i + 4]);
    columns[i + 4] = pick<4, 5, 6, 7, 12, 13, 14, 15>(t[i], t[i + 4]);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) __builtin_memcpy(to + i * to_stride, &columns[i], sizeof(Eight));
}

// to [columns, rows] = from [rows, columns] turned, eights of both; `stride` floats from row to
// row.
inline void turn_eights(const float* from, i64 stride, i64 rows, i64 columns, float* to) {
  for (i64 j = 0; j < columns; j += 8) {
    for (i64 i = 0; i < rows; i += 8) {
      Eight r[8];
#pragma GCC unroll 8
      for (int k = 0; k < 8; ++k) r[k] = load_eight(from + (i + k) * stride + j);
      transpose_8x8(r, to + j * rows + i, rows);
    }
  }
}

}  // namespace
}  // namespace fettle::tensor::cpu
