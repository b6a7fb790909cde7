// The register tile of a product: some rows of a times a packed strip of b. After vector_kernel.h,
// and after FETTLE_TILE_ROWS is set; FETTLE_DOT_PAIRS(sum, a, b) adds to each float32 lane of sum
// the product of two pairs of bfloat16 where the processor has that.
#pragma once

#include "tensor/kernels/cpu/vector_kernel.h"

#ifndef FETTLE_TILE_ROWS
#error "name the rows of a register tile: FETTLE_TILE_ROWS"
#endif

namespace fettle::tensor::cpu {
namespace {

constexpr int kTileRows = FETTLE_TILE_ROWS;
constexpr int kVectors = 2;
constexpr int kColumns = kLanes * kVectors;

// What one step along the depth takes from each row of a, and does with it: a float, ...
struct FloatStep {
  static constexpr i64 kDepth = 1;  // elements of the depth
  static Vector spread(const char* from) { return all(load_as<float>(from)); }
  static Vector add(Vector sum, Vector a, Vector b) { return sum + a * b; }
};

#ifdef FETTLE_DOT_PAIRS
constexpr bool kHasPairs = true;
// ... or a pair of bfloat16.
struct PairStep {
  static constexpr i64 kDepth = 2;
  static Vector spread(const char* from) {
    return reinterpret_cast<Vector>(load_as<std::uint32_t>(from) - Bits{});
  }
  static Vector add(Vector sum, Vector a, Vector b) { return FETTLE_DOT_PAIRS(sum, a, b); }
};
#else
constexpr bool kHasPairs = false;
#endif

// Some rows of a: what row i of a tile gives to step p lies 4 bytes wide at data + i * row +
// p * step; the next tile's begins `tile` bytes on.
struct Left {
  const char* data;
  i64 row;
  i64 step;
  i64 tile;
};

// Some columns of b: a vector's width of 4-byte numbers at data + p * step for each vector.
struct Right {
  const float* data;
  i64 step;
};

// Row: the bytes from a's row to the next where the compiler may know them, else 0.
template <class Step, int Rows, int Vectors, i64 Row>
void tile(i64 steps, Left a, Right b, float* c, i64 stride, bool add) {
  const i64 row = Row != 0 ? Row : a.row;
  Vector sum[Rows][Vectors] = {};
  // The result's lines are on their way while the sums are made.
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; ++j) __builtin_prefetch(c + i * stride + j * kLanes, 1);
  }
  for (i64 p = 0; p < steps; ++p, a.data += a.step, b.data += b.step) {
    // Rows that are read where they lie: the next tile's are far from these.
    if (Row == 0 && p % 16 == 0) {
#pragma GCC unroll 16
      for (int i = 0; i < Rows; ++i) __builtin_prefetch(a.data + i * row + a.tile);
    }
    Vector columns[Vectors];
    // The strip comes from the second-level cache; hardware does not see so far ahead.
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; ++j) __builtin_prefetch(b.data + 16 * b.step + j * kLanes);
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; ++j) columns[j] = load(b.data + j * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      const Vector value = Step::spread(a.data + i * row);
#pragma GCC unroll 4
      for (int j = 0; j < Vectors; ++j) sum[i][j] = Step::add(sum[i][j], value, columns[j]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < Vectors; ++j) {
      float* const to = c + i * stride + j * kLanes;
      store(to, add ? load(to) + sum[i][j] : sum[i][j]);
    }
  }
}

template <class Step, int Vectors, int Rows = kTileRows>
void tile_of(i64 rows, i64 steps, Left a, Right b, float* c, i64 stride, bool add) {
  if constexpr (Rows > 0) {
    if (rows == Rows) {
      // Panels are the common case, and whole tiles of them are worth code of their own.
      if (Rows == kTileRows && a.row == 4) {
        return tile<Step, Rows, Vectors, 4>(steps, a, b, c, stride, add);
      }
      return tile<Step, Rows, Vectors, 0>(steps, a, b, c, stride, add);
    }
    tile_of<Step, Vectors, Rows - 1>(rows, steps, a, b, c, stride, add);
  }
}

// Columns that fill no tile go through a buffer.
template <class Step>
void narrow_tile(i64 rows, i64 columns, i64 steps, Left a, Right b, float* c, i64 stride,
                 bool add) {
  alignas(64) float whole[kTileRows * kColumns] = {};
  for (i64 i = 0; add && i < rows; ++i) {
    for (i64 j = 0; j < columns; ++j) whole[i * kColumns + j] = c[i * stride + j];
  }
  tile_of<Step, kVectors>(rows, steps, a, b, whole, kColumns, add);
  for (i64 i = 0; i < rows; ++i) {
    for (i64 j = 0; j < columns; ++j) c[i * stride + j] = whole[i * kColumns + j];
  }
}

// c [rows, columns] = or += a b, at most a tile's rows and kColumns columns.
template <class Step>
void tile_of_any(i64 rows, i64 columns, i64 steps, Left a, Right b, float* c, i64 stride,
                 bool add) {
  if (columns == kColumns) {
    tile_of<Step, kVectors>(rows, steps, a, b, c, stride, add);
  } else if (columns == kLanes) {
    tile_of<Step, 1>(rows, steps, a, b, c, stride, add);
  } else {
    narrow_tile<Step>(rows, columns, steps, a, b, c, stride, add);
  }
}

}  // namespace
}  // namespace fettle::tensor::cpu
