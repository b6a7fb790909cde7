// The product's kernel for one instruction set: included once a file that is compiled for it. It
// keeps to itself (no std templates: the linker might take their copies for other processors).
#pragma once

#include <cstdint>

#include "tensor/kernels/cpu/kernels.h"

#ifndef FETTLE_LANES
#error "name the floats of a vector register (FETTLE_LANES) and the tile's rows (FETTLE_TILE_ROWS)"
#endif

namespace fettle::tensor::cpu {
namespace {

using i64 = std::int64_t;

constexpr int kLanes = FETTLE_LANES;
constexpr int kTileRows = FETTLE_TILE_ROWS;
constexpr int kVectors = 2;
constexpr int kColumns = kLanes * kVectors;
// A strip of kDepth x kColumns floats lives in the first-level cache, kRows x kDepth of a in the
// second.
constexpr i64 kDepth = 256;
constexpr i64 kRows = 480;

using Vector = float __attribute__((vector_size(FETTLE_LANES * sizeof(float))));
using Unaligned = float __attribute__((vector_size(FETTLE_LANES * sizeof(float)), aligned(4)));
using Eight = float __attribute__((vector_size(32), aligned(4)));

inline i64 least(i64 a, i64 b) { return a < b ? a : b; }

template <int Rows>
void tile(i64 depth, const Matrix& a, const float* strip, float* c, i64 stride, bool add) {
  Vector sum[Rows][kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) {
      sum[i][j] =
          add ? Vector(*reinterpret_cast<const Unaligned*>(c + i * stride + j * kLanes)) : Vector{};
    }
  }
  const float* at = a.data;
  for (i64 p = 0; p < depth; ++p, at += a.column_stride) {
    Vector b[kVectors];
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) {
      b[j] = *reinterpret_cast<const Vector*>(strip + (p * kVectors + j) * kLanes);
    }
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      const Vector value = at[i * a.row_stride] - Vector{};  // in every lane
#pragma GCC unroll 4
      for (int j = 0; j < kVectors; ++j) sum[i][j] += value * b[j];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) {
      *reinterpret_cast<Unaligned*>(c + i * stride + j * kLanes) = sum[i][j];
    }
  }
}

template <int Rows>
void last_tile(i64 rows, i64 depth, const Matrix& a, const float* strip, float* c, i64 stride,
               bool add) {
  if constexpr (Rows > 0) {
    if (rows == Rows) return tile<Rows>(depth, a, strip, c, stride, add);
    last_tile<Rows - 1>(rows, depth, a, strip, c, stride, add);
  }
}

// A strip narrower than the tile goes through a buffer.
void narrow_tile(i64 rows, i64 columns, i64 depth, const Matrix& a, const float* strip, float* c,
                 i64 stride, bool add) {
  alignas(64) float whole[kTileRows * kColumns] = {};
  for (i64 i = 0; add && i < rows; ++i) {
    for (i64 j = 0; j < columns; ++j) whole[i * kColumns + j] = c[i * stride + j];
  }
  last_tile<kTileRows>(rows, depth, a, strip, whole, kColumns, add);
  for (i64 i = 0; i < rows; ++i) {
    for (i64 j = 0; j < columns; ++j) c[i * stride + j] = whole[i * kColumns + j];
  }
}

template <int... Index>
inline Eight pick(Eight a, Eight b) {
  return __builtin_shufflevector(a, b, Index...);
}

// to[p * kColumns + j] = from[j * stride + p], for p, j < 8.
inline void transpose_8x8(const float* from, i64 stride, float scale, float* to) {
  Eight r[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) r[i] = *reinterpret_cast<const Eight*>(from + i * stride) * scale;
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
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    *reinterpret_cast<Eight*>(to + i * kColumns) = pick<0, 1, 2, 3, 8, 9, 10, 11>(t[i], t[i + 4]);
    *reinterpret_cast<Eight*>(to + (i + 4) * kColumns) =
        pick<4, 5, 6, 7, 12, 13, 14, 15>(t[i], t[i + 4]);
  }
}

void pack_any(const Matrix& b, i64 depth, i64 columns, float scale, float* strip) {
  for (i64 p = 0; p < depth; ++p) {
    for (i64 j = 0; j < columns; ++j) {
      strip[p * kColumns + j] = b.data[p * b.row_stride + j * b.column_stride] * scale;
    }
    for (i64 j = columns; j < kColumns; ++j) strip[p * kColumns + j] = 0.0F;
  }
}

// b's [depth, columns] as a strip [depth][kColumns], zeros beyond its columns.
void pack(const Matrix& b, i64 depth, i64 columns, float scale, float* strip) {
  if (columns < kColumns) return pack_any(b, depth, columns, scale, strip);
  if (b.column_stride == 1) {
    for (i64 p = 0; p < depth; ++p) {
#pragma GCC unroll 4
      for (int j = 0; j < kVectors; ++j) {
        const auto* from =
            reinterpret_cast<const Unaligned*>(b.data + p * b.row_stride + j * kLanes);
        *reinterpret_cast<Vector*>(strip + (p * kVectors + j) * kLanes) = *from * scale;
      }
    }
    return;
  }
  if (b.row_stride != 1) return pack_any(b, depth, columns, scale, strip);
  const i64 whole = depth / 8 * 8;
  for (i64 p = 0; p < whole; p += 8) {
    for (i64 j = 0; j < kColumns; j += 8) {
      transpose_8x8(b.data + p + j * b.column_stride, b.column_stride, scale,
                    strip + p * kColumns + j);
    }
  }
  const Matrix rest = {b.data + whole, b.row_stride, b.column_stride};
  pack_any(rest, depth - whole, columns, scale, strip + whole * kColumns);
}

// One strip of one product, over the rows [begin, end).
void sweep(const Product& product, i64 from, i64 depth, const float* strip, const Part& part,
           i64 begin, i64 end, i64 column, bool add) {
  const i64 columns = least(kColumns, part.columns_end - column);
  for (i64 row = begin; row < end; row += kTileRows) {
    const i64 rows = least(kTileRows, end - row);
    const Matrix a = {product.a.data + row * product.a.row_stride + from * product.a.column_stride,
                      product.a.row_stride, product.a.column_stride};
    float* const c = part.result.data + row * part.result.stride + column;
    if (columns < kColumns) {
      narrow_tile(rows, columns, depth, a, strip, c, part.result.stride, add);
    } else {
      last_tile<kTileRows>(rows, depth, a, strip, c, part.result.stride, add);
    }
  }
}

void multiply_part(const Part& part) {
  alignas(64) float strip[kDepth * kColumns];
  for (i64 begin = part.rows_begin; begin < part.rows_end; begin += kRows) {
    const i64 end = least(begin + kRows, part.rows_end);
    bool add = part.accumulate;
    for (i64 index = 0; index < part.count; ++index) {
      const Product& product = part.products[index];
      for (i64 from = 0; from < product.depth; from += kDepth) {
        const i64 depth = least(kDepth, product.depth - from);
        for (i64 column = part.columns_begin; column < part.columns_end; column += kColumns) {
          const Matrix b = {
              product.b.data + from * product.b.row_stride + column * product.b.column_stride,
              product.b.row_stride, product.b.column_stride};
          pack(b, depth, least(kColumns, part.columns_end - column), product.scale, strip);
          sweep(product, from, depth, strip, part, begin, end, column, add);
        }
        add = true;
      }
    }
  }
}

}  // namespace
}  // namespace fettle::tensor::cpu
