// Products of a few rows with a transposed matrix: each row of that is read once, where it lies.
// What generation is made of, and bound by memory.
#pragma once

#include "tensor/kernels/cpu/kernels.h"
#include "tensor/kernels/cpu/pack_kernel.h"

namespace fettle::tensor::cpu {
namespace {

constexpr i64 kFewest = 8;  // as many rows are worth a packed strip
constexpr int kTogether = 4;

// sums[i][j] += <row i of a, row j of b>; a: [Rows, depth] floats, b: kTogether rows.
template <int Rows, class T>
inline void few_dots(const float* a, const T* b, i64 b_stride, i64 depth, int columns,
                     float (*sums)[kTogether]) {
  Vector sum[Rows][kTogether] = {};
  const auto step = [&](i64 at, const auto& read) {
    Vector rows[Rows];
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) rows[i] = read(a + i * depth + at);
#pragma GCC unroll 4
    for (int j = 0; j < kTogether; ++j) {
      const Vector column = read(b + (j < columns ? j : 0) * b_stride + at);
#pragma GCC unroll 8
      for (int i = 0; i < Rows; ++i) sum[i][j] += rows[i] * column;
    }
  };
  const i64 whole = depth / kLanes * kLanes;
  for (i64 at = 0; at < whole; at += kLanes) step(at, [](const auto* from) { return load(from); });
  if (whole < depth) {
    const i64 rest = depth - whole;
    step(whole, [rest](const auto* from) { return load_some(from, rest, 0.0F); });
  }
  for (int i = 0; i < Rows; ++i) {
    for (int j = 0; j < kTogether; ++j) sums[i][j] += sum_of(sum[i][j]);
  }
}

template <class T, int Rows = kFewest - 1>
void few_dots_of(i64 rows, const float* a, const T* b, i64 b_stride, i64 depth, int columns,
                 float (*sums)[kTogether]) {
  if constexpr (Rows > 0) {
    if (rows == Rows) return few_dots<Rows>(a, b, b_stride, depth, columns, sums);
    few_dots_of<T, Rows - 1>(rows, a, b, b_stride, depth, columns, sums);
  }
}

inline bool is_few(const Part& part) {
  const i64 rows = part.result.rows;
  i64 depth = 0;
  for (i64 i = 0; i < part.count; ++i) {
    if (part.products[i].b.row_stride != 1) return false;
    depth += part.products[i].depth;
  }
  return rows < kFewest && rows * depth <= kBlockRows * kPartDepth;
}

template <class T>
void write_few(const Part& part, i64 column, int columns, float (*sums)[kTogether]) {
  T* const to = static_cast<T*>(part.result.data) + column;
  for (i64 i = 0; i < part.result.rows; ++i) {
    for (int j = 0; j < columns; ++j) {
      T* const at = to + i * part.result.stride + j;
      put(at, part.accumulate ? value_of(*at) + sums[i][j] : sums[i][j]);
    }
  }
}

template <class T>
void rows_as_floats(const Matrix& a, i64 rows, i64 depth, float* to) {
  const auto* const data = static_cast<const T*>(a.data);
  for (i64 i = 0; i < rows; ++i) {
    for (i64 p = 0; p < depth; ++p) {
      to[i * depth + p] = value_of(data[i * a.row_stride + p * a.column_stride]);
    }
  }
}

void multiply_few(const Part& part) {
  const i64 rows = part.result.rows;
  float* left = part.space.left;
  for (i64 i = 0; i < part.count; ++i) {
    const Product& product = part.products[i];
    if (product.a.element == Element::kFloat32) {
      rows_as_floats<float>(product.a, rows, product.depth, left);
    } else {
      rows_as_floats<Bfloat16>(product.a, rows, product.depth, left);
    }
    left += rows * product.depth;
  }
  for (i64 column = part.columns_begin; column < part.columns_end; column += kTogether) {
    const int columns = static_cast<int>(least(kTogether, part.columns_end - column));
    float sums[kFewest][kTogether] = {};
    left = part.space.left;
    for (i64 i = 0; i < part.count; ++i) {
      const Product& product = part.products[i];
      const i64 stride = product.b.column_stride;
      if (product.b.element == Element::kFloat32) {
        few_dots_of(rows, left, static_cast<const float*>(product.b.data) + column * stride, stride,
                    product.depth, columns, sums);
      } else {
        few_dots_of(rows, left, static_cast<const Bfloat16*>(product.b.data) + column * stride,
                    stride, product.depth, columns, sums);
      }
      left += rows * product.depth;
    }
    if (part.result.element == Element::kFloat32) {
      write_few<float>(part, column, columns, sums);
    } else {
      write_few<Bfloat16>(part, column, columns, sums);
    }
  }
}

}  // namespace
}  // namespace fettle::tensor::cpu
