// A thread's share of a product, by the way that suits its shape.
#pragma once

#include "tensor/kernels/cpu/few_kernel.h"
#include "tensor/kernels/cpu/product_kernel.h"
#ifdef FETTLE_TILE_DOT
#include "tensor/kernels/cpu/turned_kernel.h"
#endif

namespace fettle::tensor::cpu {
namespace {

// For at most so many rows the product is turned: b, which is much larger, is read where it lies,
// and a is what is packed. Each sum is made in the same order.
constexpr i64 kTurnedRows = 2 * kColumns;
constexpr i64 kMostTurned = 4;  // products of one sum
constexpr i64 kLeastTurned = 4;
// Turned results beside the rows of a as floats, in the room for sums.
constexpr i64 kTurnedSums = kPartRows * kTurnedRows;
constexpr i64 kTurnedRoom = kPartRows * kPartColumns - kTurnedSums;

inline i64 whole_lanes(i64 rows) { return (rows + kLanes - 1) / kLanes * kLanes; }

inline bool is_turned(const Part& part) {
  if (part.count > kMostTurned) return false;
  i64 depth = 0;
  for (i64 i = 0; i < part.count; ++i) {
    const Matrix& b = part.products[i].b;
    if (b.row_stride != 1 || b.element != Element::kFloat32) return false;
    depth += part.products[i].depth;
  }
  const i64 rows = part.rows_end - part.rows_begin;
  // The result is turned back number by number: sums must be long enough to be worth that.
  return rows <= kTurnedRows && depth >= kLeastTurned * rows &&
         whole_lanes(rows) * depth <= kTurnedRoom;
}

// b^T a^T; the part's rows of a are copied with rows of zeros up to whole vectors.
inline Product turned(const Product& product, i64 row, i64 rows, float* to) {
  const i64 depth = product.depth;
  if (product.a.element == Element::kFloat32) {
    rows_as_floats<float>(product.a, row, rows, depth, to);
  } else {
    rows_as_floats<Bfloat16>(product.a, row, rows, depth, to);
  }
  for (i64 i = rows * depth; i < whole_lanes(rows) * depth; ++i) to[i] = 0.0F;
  const Matrix& b = product.b;
  return {matrix(static_cast<const float*>(b.data), b.column_stride), matrix(to, 1, depth), depth};
}

// sums: [columns, whole_lanes(the part's rows)], of the result's columns from `column`.
template <class T, class Act>
void each_turned(const Part& part, i64 column, i64 columns, float* sums, const Act& act) {
  const Result& result = part.result;
  const i64 rows = part.rows_end - part.rows_begin;
  for (i64 i = 0; i < rows; ++i) {
    T* const to = static_cast<T*>(result.data) + (part.rows_begin + i) * result.stride + column;
    for (i64 j = 0; j < columns; ++j) act(to[j], sums[j * whole_lanes(rows) + i]);
  }
}

// part: the product as it was asked for; turned: its products turned, in the same order.
template <class T>
void turned_columns(const Part& part, const Part& turned, i64 column, i64 columns) {
  float* const sums = part.space.sums;
  const i64 rows = whole_lanes(part.rows_end - part.rows_begin);
  if (part.accumulate) {
    for (i64 i = 0; i < columns * rows; ++i) sums[i] = 0.0F;
    each_turned<T>(part, column, columns, sums,
                   [](const T& from, float& sum) { sum = value_of(from); });
  }
  multiply_sum(turned, column, columns, 0, rows, sums, rows);
  each_turned<T>(part, column, columns, sums, [](T& to, float& sum) { put(&to, sum); });
}

void multiply_turned(const Part& part) {
  Product products[kMostTurned];
  const i64 rows = part.rows_end - part.rows_begin;
  float* room = part.space.sums + kTurnedSums;
  for (i64 i = 0; i < part.count; ++i) {
    products[i] = turned(part.products[i], part.rows_begin, rows, room);
    room += whole_lanes(rows) * part.products[i].depth;
  }
  Part turned = part;
  turned.products = products;
  for (i64 column = part.columns_begin; column < part.columns_end; column += kPartRows) {
    const i64 columns = least(kPartRows, part.columns_end - column);
    if (part.result.element == Element::kFloat32) {
      turned_columns<float>(part, turned, column, columns);
    } else {
      turned_columns<Bfloat16>(part, turned, column, columns);
    }
  }
}

void multiply_part(const Part& part) {
  if (is_few(part)) return multiply_few(part);
#ifdef FETTLE_TILE_DOT
  if (fits_tiles(part)) {
    return is_turned_on_tiles(part) ? multiply_turned_on_tiles(part) : multiply_on_tiles(part);
  }
#endif
  if (is_turned(part)) return multiply_turned(part);
  for (i64 row = part.rows_begin; row < part.rows_end; row += kPartRows) {
    const i64 rows = least(kPartRows, part.rows_end - row);
    for (i64 column = part.columns_begin; column < part.columns_end; column += kPartColumns) {
      multiply_columns(part, row, rows, column, least(kPartColumns, part.columns_end - column));
    }
  }
}

}  // namespace
}  // namespace fettle::tensor::cpu
