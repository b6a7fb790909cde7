// Few rows times a transposed b of bfloat16, by matrix tiles: the product is turned, so that b,
// which is much larger, is read where it lies and nothing of it is brought into order. What answers
// and their prompts' last tokens are made of. After matrix_kernel.h. Each sum is made in the same
// order.
#pragma once

#include "tensor/kernels/cpu/matrix_kernel.h"

namespace fettle::tensor::cpu {
namespace {

constexpr i64 kMostRows = 2 * kPair;
constexpr i64 kMostProducts = 4;  // of one sum
// The result is turned back: sums must be long enough to be worth that.
constexpr i64 kLeastDepth = 4;
// Columns of the result at once; their sums stand before the rows of a in the room for sums.
constexpr i64 kColumnsAtOnce = 1024;
constexpr i64 kSumFloats = kColumnsAtOnce * kMostRows;
constexpr i64 kRowFloats = kPartRows * kPartColumns - kSumFloats;

inline bool is_turned_on_tiles(const Part& part) {
  const i64 rows = part.result.rows;
  i64 depth = 0;
  for (i64 i = 0; i < part.count; ++i) {
    const Product& product = part.products[i];
    if (product.b.row_stride != 1 || product.a.element != Element::kBfloat16) return false;
    depth += product.depth;
  }
  return part.count <= kMostProducts && rows <= kMostRows && depth >= kLeastDepth * rows &&
         round_up(rows, kSide) * depth <= 2 * kRowFloats;
}

// b^T a^T for some columns of b; rows: a's, with rows of zeros up to whole tiles.
inline Product turned(const Product& product, i64 column, const Bfloat16* rows) {
  const Matrix& b = product.b;
  const auto* const data = static_cast<const Bfloat16*>(b.data) + column * b.column_stride;
  return {matrix(data, b.column_stride), matrix(rows, 1, product.depth), product.depth};
}

// The part's rows of a.
inline void copy_rows(const Part& part, const Product& product, Bfloat16* to) {
  const Matrix& a = product.a;
  const auto* const data = static_cast<const Bfloat16*>(a.data) + part.rows_begin * a.row_stride;
  const i64 rows = part.rows_end - part.rows_begin;
  for (i64 i = 0; i < rows; ++i) {
    for (i64 p = 0; p < product.depth; ++p) {
      to[i * product.depth + p] = data[i * a.row_stride + p * a.column_stride];
    }
  }
  for (i64 i = rows * product.depth; i < round_up(rows, kSide) * product.depth; ++i) to[i].bits = 0;
}

// Some columns of a part's result, and their sums as [columns][stride].
template <class T>
struct TurnedResult {
  const Part& part;
  i64 column, columns;
  float* sums;

  [[nodiscard]] i64 rows() const { return part.rows_end - part.rows_begin; }
  [[nodiscard]] i64 stride() const { return round_up(rows(), kSide); }
  [[nodiscard]] T* at(i64 i, i64 j) const {
    return static_cast<T*>(part.result.data) + (part.rows_begin + i) * part.result.stride + column +
           j;
  }

  void read() const {
    for (i64 j = 0; j < columns; ++j) {
      for (i64 i = 0; i < rows(); ++i) sums[j * stride() + i] = value_of(*at(i, j));
    }
  }
  void write() const {
    const i64 whole = round_down(columns, kSide);
    for (i64 j = 0; j < whole; j += kSide) {
      for (i64 i = 0; i < rows(); i += kSide) {
        alignas(64) float block[kTileFloats];
        transpose_16x16(sums + j * stride() + i, stride(), block);
        for (i64 r = 0; r < least(kSide, rows() - i); ++r) {
          copy_some(block + r * kSide, kSide, at(i + r, j));
        }
      }
    }
    for (i64 j = whole; j < columns; ++j) {
      for (i64 i = 0; i < rows(); ++i) put(at(i, j), sums[j * stride() + i]);
    }
  }
};

template <class T>
void multiply_turned_pieces(const Part& part) {
  float* const sums = part.space.sums;
  auto* const rows = reinterpret_cast<Bfloat16*>(sums + kSumFloats);
  auto* to = rows;
  const i64 height = round_up(part.rows_end - part.rows_begin, kSide);
  for (i64 i = 0; i < part.count; ++i) {
    copy_rows(part, part.products[i], to);
    to += height * part.products[i].depth;
  }
  for (i64 column = part.columns_begin; column < part.columns_end; column += kColumnsAtOnce) {
    const i64 columns = least(kColumnsAtOnce, part.columns_end - column);
    const TurnedResult<T> result = {part, column, columns, sums};
    if (part.accumulate) result.read();
    Product products[kMostProducts];
    const Bfloat16* from = rows;
    for (i64 i = 0; i < part.count; ++i) {
      products[i] = turned(part.products[i], column, from);
      from += height * part.products[i].depth;
    }
    multiply_pieces<float>({products,
                            part.count,
                            {sums, columns, height, height, Element::kFloat32},
                            0,
                            columns,
                            0,
                            height,
                            part.accumulate,
                            part.space});
    result.write();
  }
}

inline void multiply_turned_on_tiles(const Part& part) {
  FETTLE_TILE_CONFIGURE(kTileShapes.bytes);
  if (part.result.element == Element::kFloat32) {
    multiply_turned_pieces<float>(part);
  } else {
    multiply_turned_pieces<Bfloat16>(part);
  }
  FETTLE_TILE_RELEASE();
}

}  // namespace
}  // namespace fettle::tensor::cpu
