// Products by packed strips, for one instruction set.
#pragma once

#include "tensor/kernels/cpu/kernels.h"
#include "tensor/kernels/cpu/pack_kernel.h"

namespace fettle::tensor::cpu {
namespace {

// So few rows read b where it lies: packing it would take longer than the product.
constexpr i64 kFewRows = 4 * kTileRows;
// For so few columns a is read where it lies.
constexpr i64 kFewColumns = 4 * kColumns;

template <class T>
Grid<T> grid_of(const Matrix& m, i64 i, i64 j) {
  return Grid<T>{static_cast<const T*>(m.data), m.row_stride, m.column_stride}.from(i, j);
}

// Some rows and columns of one product along some of its depth.
struct Slice {
  const Product& product;
  i64 row, rows;
  i64 column, columns;
  i64 from, depth;
  Workspace space;

  [[nodiscard]] bool pairs() const { return kHasPairs && product.b.element == Element::kBfloat16; }
  [[nodiscard]] i64 steps() const { return pairs() ? (depth + 1) / 2 : depth; }
  // Whether b's strips are those of its memory.
  [[nodiscard]] bool plain() const {
    const Matrix& b = product.b;
    return b.element == Element::kFloat32 && b.column_stride == 1 && rows <= kFewRows &&
           columns % kLanes == 0;
  }
};

inline Left left_of(const Slice& slice, i64 row, i64 rows) {
  const Matrix& a = slice.product.a;
#ifdef FETTLE_DOT_PAIRS
  if (slice.pairs()) {
    if (a.element == Element::kFloat32) {
      return pair_left(grid_of<float>(a, row, slice.from), rows, slice.depth, slice.space.left);
    }
    const Grid<Bfloat16> grid = grid_of<Bfloat16>(a, row, slice.from);
    if (grid.columns == 1 && slice.depth % 2 == 0) return paired_lines(grid);
    return pair_left(grid, rows, slice.depth, slice.space.left);
  }
#endif
  if (a.element == Element::kBfloat16) {
    return panels(grid_of<Bfloat16>(a, row, slice.from), rows, slice.depth, slice.space.left);
  }
  const Grid<float> grid = grid_of<float>(a, row, slice.from);
  if (slice.columns <= kFewColumns) return lines(grid);
  return panels(grid, rows, slice.depth, slice.space.left);
}

inline void pack_strip(const Slice& slice, i64 column, float* strip) {
  const Matrix& b = slice.product.b;
  const i64 columns = least(kColumns, slice.column + slice.columns - column);
#ifdef FETTLE_DOT_PAIRS
  if (slice.pairs()) {
    return pack_pairs(grid_of<Bfloat16>(b, slice.from, column), slice.depth, columns, strip);
  }
#endif
  if (b.element == Element::kBfloat16) {
    return pack(grid_of<Bfloat16>(b, slice.from, column), slice.depth, columns, strip);
  }
  pack(grid_of<float>(b, slice.from, column), slice.depth, columns, strip);
}

inline void pack_strips(const Slice& slice) {
  if (slice.plain()) return;
  const Matrix& b = slice.product.b;
  float* const strips = slice.space.strips;
  i64 done = 0;
  if (b.column_stride == 1 && !slice.pairs()) {
    done = slice.columns / kColumns * kColumns;
    if (b.element == Element::kBfloat16) {
      pack_lines(grid_of<Bfloat16>(b, slice.from, slice.column), slice.depth, done, strips);
    } else {
      pack_lines(grid_of<float>(b, slice.from, slice.column), slice.depth, done, strips);
    }
  }
  for (i64 j = done; j < slice.columns; j += kColumns) {
    pack_strip(slice, slice.column + j, strips + j * slice.steps());
  }
}

// A panel of a stays in the first-level cache while the strips of b pass from the second.
template <class Step>
void multiply_block(const Slice& slice, Left left, i64 rows, float* c, i64 stride, bool add) {
  const i64 size = slice.steps() * kColumns;
  for (i64 row = 0; row < rows; row += kTileRows) {
    const i64 count = least(kTileRows, rows - row);
    const Left panel = {left.data + row / kTileRows * left.tile, left.row, left.step, left.tile};
    const float* strip = slice.space.strips;
    for (i64 j = 0; j < slice.columns; j += kColumns, strip += size) {
      const i64 columns = least(kColumns, slice.columns - j);
      Right right = {strip, kColumns};
      if (slice.plain()) {
        const Grid<float> grid = grid_of<float>(slice.product.b, slice.from, slice.column + j);
        right = {grid.data, grid.rows};
      }
      tile_of_any<Step>(count, columns, slice.steps(), panel, right, c + row * stride + j, stride,
                        add);
    }
  }
}

// c [slice.rows, slice.columns] = or += the slice's product.
inline void multiply_slice(const Slice& slice, float* c, i64 stride, bool add) {
  pack_strips(slice);
  for (i64 row = 0; row < slice.rows; row += kBlockRows) {
    const i64 rows = least(kBlockRows, slice.rows - row);
    const Left left = left_of(slice, slice.row + row, rows);
    float* const to = c + row * stride;
#ifdef FETTLE_DOT_PAIRS
    if (slice.pairs()) {
      multiply_block<PairStep>(slice, left, rows, to, stride, add);
      continue;
    }
#endif
    multiply_block<FloatStep>(slice, left, rows, to, stride, add);
  }
}

// Rows of a bfloat16 result from and to the floats in which it is summed.
inline void read_rows(const Bfloat16* from, i64 stride, i64 rows, i64 columns, float* to) {
  for (i64 i = 0; i < rows; ++i) {
    const i64 whole = columns / kLanes * kLanes;
    for (i64 j = 0; j < whole; j += kLanes)
      store(to + i * columns + j, load(from + i * stride + j));
    for (i64 j = whole; j < columns; ++j) to[i * columns + j] = value_of(from[i * stride + j]);
  }
}
inline void write_rows(const float* from, i64 rows, i64 columns, Bfloat16* to, i64 stride) {
  for (i64 i = 0; i < rows; ++i) {
    const i64 whole = columns / kLanes * kLanes;
    for (i64 j = 0; j < whole; j += kLanes)
      store(to + i * stride + j, load(from + i * columns + j));
    for (i64 j = whole; j < columns; ++j) put(to + i * stride + j, from[i * columns + j]);
  }
}

// c = or += the sum of the part's products over some of its rows and columns.
inline void multiply_sum(const Part& part, i64 row, i64 rows, i64 column, i64 columns, float* c,
                         i64 stride) {
  bool add = part.accumulate;
  for (i64 index = 0; index < part.count; ++index) {
    const Product& product = part.products[index];
    // Lengths of about one size: a short last one would move as much memory as a long one.
    const i64 lengths = (product.depth + kPartDepth - 1) / kPartDepth;
    const i64 length = (product.depth + lengths * 16 - 1) / (lengths * 16) * 16;
    for (i64 from = 0; from < product.depth; from += length) {
      const i64 depth = least(length, product.depth - from);
      multiply_slice({product, row, rows, column, columns, from, depth, part.space}, c, stride,
                     add);
      add = true;
    }
  }
}

inline void multiply_columns(const Part& part, i64 row, i64 rows, i64 column, i64 columns) {
  const Result& result = part.result;
  const i64 at = row * result.stride + column;
  if (result.element == Element::kFloat32) {
    float* const to = static_cast<float*>(result.data) + at;
    return multiply_sum(part, row, rows, column, columns, to, result.stride);
  }
  auto* const to = static_cast<Bfloat16*>(result.data) + at;
  if (part.accumulate) read_rows(to, result.stride, rows, columns, part.space.sums);
  multiply_sum(part, row, rows, column, columns, part.space.sums, columns);
  write_rows(part.space.sums, rows, columns, to, result.stride);
}

}  // namespace
}  // namespace fettle::tensor::cpu
