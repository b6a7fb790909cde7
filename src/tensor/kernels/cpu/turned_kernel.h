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
    if (product.b.row_stride != 1 || product.a.element != Element::kBfloat16 ||
        product.depth % kTileDepth != 0) {
      return false;
    }
    depth += product.depth;
  }
  return part.count <= kMostProducts && part.columns_end % kSide == 0 && rows <= kMostRows &&
         depth >= kLeastDepth * rows && round_up(rows, kSide) * depth <= 2 * kRowFloats &&
         round_up(rows, kColumns) * depth <= 2 * kStripFloats;
}

// The part's rows of a.
inline void copy_rows(const Part& part, const Product& product, Bfloat16* to) {
  const Matrix& a = product.a;
  const auto* const data = static_cast<const Bfloat16*>(a.data) + part.rows_begin * a.row_stride;
  const i64 rows = part.rows_end - part.rows_begin;
  for (i64 i = 0; i < rows; ++i) {
    const Bfloat16* const from = data + i * a.row_stride;
    Bfloat16* const line = to + i * product.depth;
    if (a.column_stride == 1) {
      __builtin_memcpy(line, from, static_cast<std::size_t>(product.depth) * sizeof(Bfloat16));
    } else {
      for (i64 p = 0; p < product.depth; ++p) line[p] = from[p * a.column_stride];
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
        turn_eights(sums + j * stride() + i, stride(), kSide, kSide, block);
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

// The rows of b that come after a block's: memory does not see them come.
struct NextRows {
  const char* line;
  i64 count;  // lines that lie one behind the other

  void call_some() {
    constexpr i64 kAtOnce = 32;
    for (i64 i = least(kAtOnce, count); i > 0; --i, --count, line += 64) __builtin_prefetch(line);
  }
};

// A part's products turned: b^T a^T, with rows of zeros up to whole tiles of a's.
struct TurnedPart {
  Part part;
  Product products[kMostProducts];
  float* strips[kMostProducts];  // of a^T, one or two strips each

  explicit TurnedPart(const Part& whole) : part(whole) {
    const i64 height = round_up(whole.rows_end - whole.rows_begin, kSide);
    auto* rows = reinterpret_cast<Bfloat16*>(whole.space.sums + kSumFloats);
    float* strip = whole.space.strips;
    for (i64 i = 0; i < whole.count; ++i) {
      const Product& product = whole.products[i];
      copy_rows(whole, product, rows);
      products[i] = {{product.b.data, product.b.column_stride, 1, product.b.element},
                     matrix(rows, 1, product.depth),
                     product.depth};
      strips[i] = strip;
      const i64 size = strip_size(product.depth);
      pack_length({products[i], 0, product.depth}, 0, height, strip, size);
      strip += round_up(height, kColumns) / kColumns * size;
      rows += height * product.depth;
    }
    whole.space.brought->call = 0;
  }

  [[nodiscard]] LeftTiles tiles(i64 i, i64 column, i64 columns) const {
    const i64 stride = products[i].a.row_stride;
    const auto* const data = static_cast<const Bfloat16*>(products[i].a.data) + column * stride;
    return {reinterpret_cast<const char*>(data), 2 * stride, 2 * kTileDepth,
            columns > kSide ? 2 * kSide * stride : 0};
  }
};

// sums [32][stride]: a strip's columns of the turned result for two tiles' columns of b, or one's.
template <bool SecondRows, bool SecondColumns>
inline void turned_block(const TurnedPart& turned, i64 column, i64 strip, float* sums, i64 stride) {
  begin_sums<SecondRows, SecondColumns>(sums, stride, turned.part.accumulate);
  for (i64 i = 0; i < turned.part.count; ++i) {
    const i64 depth = turned.products[i].depth;
    const LeftTiles a = turned.tiles(i, column, SecondRows ? kPair : kSide);
    NextRows next = {a.data + 2 * a.below, strip == 0 && a.row == 2 * depth ? depth : 0};
    add_length<SecondRows, SecondColumns>(a, turned.strips[i] + strip * strip_size(depth), depth,
                                          next);
  }
  end_sums<SecondRows, SecondColumns>(sums, stride);
}

inline void turned_columns(const TurnedPart& turned, i64 column, i64 columns, float* sums,
                           i64 stride) {
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  for (i64 j = 0; j < columns; j += kPair) {
    for (i64 i = 0; i < stride; i += kColumns) {
      by_tiles(j + kSide < columns, i + kSide < stride, [&]<bool Rows, bool Columns>() {
        turned_block<Rows, Columns>(turned, column + j, i / kColumns, sums + j * stride + i,
                                    stride);
      });
    }
  }
}

template <class T>
void multiply_turned_pieces(const Part& part) {
  const TurnedPart turned(part);
  for (i64 column = part.columns_begin; column < part.columns_end; column += kColumnsAtOnce) {
    const i64 columns = least(kColumnsAtOnce, part.columns_end - column);
    const TurnedResult<T> result = {part, column, columns, part.space.sums};
    if (part.accumulate) result.read();
    turned_columns(turned, column, columns, part.space.sums, result.stride());
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
