// Products of few rows with a transposed matrix: each row of that is read once, where it lies. What
// generation is made of, and bound by memory.
#pragma once

#include "tensor/kernels/cpu/kernels.h"
#include "tensor/kernels/cpu/pack_kernel.h"

namespace fettle::tensor::cpu {
namespace {

constexpr i64 kFewest = 8;  // as many rows are worth a register tile
// Rows of a and of b whose dot products are summed in registers.
constexpr int kGroup = kLanes == 16 ? 4 : 2;
constexpr int kTogether = 6;
// So much of b's rows stays in the first-level cache while the rows of a pass.
constexpr i64 kFewDepth = 640;

inline Eight folded(Vector value) {
#if FETTLE_LANES == 16
  return __builtin_shufflevector(value, value, 0, 1, 2, 3, 4, 5, 6, 7) +
         __builtin_shufflevector(value, value, 8, 9, 10, 11, 12, 13, 14, 15);
#else
  return value;
#endif
}

// out[i] += the sum of r[i]'s lanes: two by two, half of each is added to its other half.
inline void add_sums_of_eight(const Eight* r, float* out) {
  Eight four[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    four[i] = pick<0, 1, 2, 3, 8, 9, 10, 11>(r[2 * i], r[2 * i + 1]) +
              pick<4, 5, 6, 7, 12, 13, 14, 15>(r[2 * i], r[2 * i + 1]);
  }
  Eight two[2];
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    two[i] = pick<0, 1, 4, 5, 8, 9, 12, 13>(four[2 * i], four[2 * i + 1]) +
             pick<2, 3, 6, 7, 10, 11, 14, 15>(four[2 * i], four[2 * i + 1]);
  }
  const Eight total = load_eight(out) + (pick<0, 2, 4, 6, 8, 10, 12, 14>(two[0], two[1]) +
                                         pick<1, 3, 5, 7, 9, 11, 13, 15>(two[0], two[1]));
  __builtin_memcpy(out, &total, sizeof(total));
}

// out[i] += the sum of values[i]'s lanes; up to the next eight, out is written too.
template <int Count>
inline void add_sums(const Vector* values, float* out) {
#pragma GCC unroll 3
  for (int first = 0; first < Count; first += 8) {
    Eight eight[8] = {};
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      if (first + i < Count) eight[i] = folded(values[first + i]);
    }
    add_sums_of_eight(eight, out + first);
  }
}

// Ahead: the next rows of b are on their way into the cache.
template <int Rows, bool Ahead, class T>
inline void few_dots(const float* a, i64 a_stride, const T* b, i64 b_stride, i64 depth, int columns,
                     float* sums) {
  Vector sum[Rows * kTogether] = {};
  const auto step = [&](const float* from, i64 from_stride, const T* to, i64 to_stride) {
    Vector rows[Rows];
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) rows[i] = load(from + i * from_stride);
#pragma GCC unroll 6
    for (int j = 0; j < kTogether; ++j) {
      const T* const line = to + (j < columns ? j : 0) * to_stride;
      // Hardware finds each row's lines anew, and rows are short.
      if (Ahead) __builtin_prefetch(line + kTogether * to_stride);
      const Vector column = load(line);
#pragma GCC unroll 4
      for (int i = 0; i < Rows; ++i) sum[i * kTogether + j] += rows[i] * column;
    }
  };
  const i64 whole = depth / kLanes * kLanes;
  for (i64 at = 0; at < whole; at += kLanes) step(a + at, a_stride, b + at, b_stride);
  if (whole < depth) {
    // Through whole vectors, so that these sums too are made by the very same operations.
    float rest_a[Rows * kLanes] = {};
    T rest_b[kTogether * kLanes] = {};
    for (i64 at = whole; at < depth; ++at) {
      for (int i = 0; i < Rows; ++i) rest_a[i * kLanes + at - whole] = a[i * a_stride + at];
      for (int j = 0; j < columns; ++j) rest_b[j * kLanes + at - whole] = b[j * b_stride + at];
    }
    step(rest_a, kLanes, rest_b, kLanes);
  }
  add_sums<Rows * kTogether>(sum, sums);
}

template <bool Ahead, class T, int Rows = kGroup>
void few_dots_of(i64 rows, const float* a, i64 a_stride, const T* b, i64 b_stride, i64 depth,
                 int columns, float* sums) {
  if constexpr (Rows > 0) {
    if (rows == Rows) return few_dots<Rows, Ahead>(a, a_stride, b, b_stride, depth, columns, sums);
    few_dots_of<Ahead, T, Rows - 1>(rows, a, a_stride, b, b_stride, depth, columns, sums);
  }
}

// sums[i * kTogether + j] += <row i of a, row j of b>, for all rows of a.
template <class T>
void all_dots(i64 rows, const float* a, const T* b, i64 b_stride, i64 depth, int columns,
              float* sums) {
  const i64 lengths = (depth + kFewDepth - 1) / kFewDepth;
  const i64 length = (depth + lengths * kLanes - 1) / (lengths * kLanes) * kLanes;
  for (i64 from = 0; from < depth; from += length) {
    const i64 part = least(length, depth - from);
    few_dots_of<true>(least(kGroup, rows), a + from, depth, b + from, b_stride, part, columns,
                      sums);
    for (i64 row = kGroup; row < rows; row += kGroup) {
      few_dots_of<false>(least(kGroup, rows - row), a + row * depth + from, depth, b + from,
                         b_stride, part, columns, sums + row * kTogether);
    }
  }
}

// By the rows of the whole, which are then the part's: another share of it is not summed otherwise.
inline bool is_few(const Part& part) {
  const i64 rows = part.result.rows;
  if (part.rows_end - part.rows_begin < rows) return false;
  i64 depth = 0;
  for (i64 i = 0; i < part.count; ++i) {
    if (part.products[i].b.row_stride != 1 || rows >= kFewest) return false;
    depth += part.products[i].depth;
  }
  return rows * depth <= kBlockRows * kPartDepth;
}

template <class T>
void write_few(const Part& part, i64 column, int columns, const float* sums) {
  T* const to = static_cast<T*>(part.result.data) + column;
  for (i64 i = 0; i < part.result.rows; ++i) {
    for (int j = 0; j < columns; ++j) {
      T* const at = to + i * part.result.stride + j;
      const float sum = sums[i * kTogether + j];
      put(at, part.accumulate ? value_of(*at) + sum : sum);
    }
  }
}

template <class T>
void rows_as_floats(const Matrix& a, i64 row, i64 rows, i64 depth, float* to) {
  const auto* const data = static_cast<const T*>(a.data) + row * a.row_stride;
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
      rows_as_floats<float>(product.a, 0, rows, product.depth, left);
    } else {
      rows_as_floats<Bfloat16>(product.a, 0, rows, product.depth, left);
    }
    left += rows * product.depth;
  }
  for (i64 column = part.columns_begin; column < part.columns_end; column += kTogether) {
    const int columns = static_cast<int>(least(kTogether, part.columns_end - column));
    float sums[kFewest * kTogether + 8] = {};
    left = part.space.left;
    for (i64 i = 0; i < part.count; ++i) {
      const Product& product = part.products[i];
      const i64 stride = product.b.column_stride;
      if (product.b.element == Element::kFloat32) {
        all_dots(rows, left, static_cast<const float*>(product.b.data) + column * stride, stride,
                 product.depth, columns, sums);
      } else {
        all_dots(rows, left, static_cast<const Bfloat16*>(product.b.data) + column * stride, stride,
                 product.depth, columns, sums);
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
