// Rows of a as matrix tiles of bfloat16 read them: 16 rows of 32 numbers along the depth. After
// pack_kernel.h.
//
// Whatever has no whole tile is filled up, with zeros along the depth: an element is summed in one
// order, wherever its row and column lie in a product.
#pragma once

#include "tensor/kernels/cpu/kernels.h"
#include "tensor/kernels/cpu/pack_kernel.h"

namespace fettle::tensor::cpu {
namespace {

constexpr i64 kSide = 16;              // rows of a tile, and columns of its sums
constexpr i64 kTileDepth = 2 * kSide;  // bfloat16 of a row
constexpr i64 kTileFloats = kSide * kSide;
constexpr i64 kPair = 2 * kSide;  // rows and columns of a block: two tiles each
static_assert(kPair == kColumns, "a strip is as wide as two tiles");
constexpr i64 kLeftFloats = kBlockRows * kPartDepth;
constexpr i64 kStripFloats = kPartColumns * kPartDepth;
// Along so much of the depth a block's rows fit where they are brought into order.
constexpr i64 kDeepest = kLeftFloats / kSide / kTileDepth * kTileDepth;

inline i64 round_up(i64 value, i64 unit) { return (value + unit - 1) / unit * unit; }
inline i64 round_down(i64 value, i64 unit) { return value / unit * unit; }

// The part of a product along the depth that is summed at once.
struct Length {
  const Product& product;
  i64 from, depth;

  [[nodiscard]] i64 padded() const { return round_up(depth, kTileDepth); }
};

// How much of the depth is summed at once. Few rows use what is brought for them once only: along a
// short depth more columns are brought, whose lines in memory are whole.
inline i64 deepest(const Part& part) {
  constexpr i64 kShort = 512;
  const bool few = part.result.rows <= kPair && part.result.element == Element::kFloat32;
  return few ? kShort : kDeepest;
}

// body(length) over the products' depth from `begin` on, counted in padded elements, as far as
// deepest() reaches; returns where it ended.
template <class Body>
i64 each_length(const Part& part, i64 begin, const Body& body) {
  i64 passed = 0;
  i64 at = begin;
  for (i64 i = 0; i < part.count; ++i) {
    const Product& product = part.products[i];
    const i64 padded = round_up(product.depth, kTileDepth);
    const i64 from = at - passed;
    passed += padded;
    if (from >= padded) continue;
    const i64 most = least(padded - from, begin + deepest(part) - at);
    if (most == 0) break;
    body(Length{product, from, least(most, product.depth - from)});
    at += most;
  }
  return at;
}

// One tile of a: rows of pairs, [16][16].
template <class T>
void tile_any(Grid<T> a, i64 rows, i64 depth, float* to) {
  for (i64 i = 0; i < kSide; ++i) {
    auto* const line = reinterpret_cast<Bfloat16*>(to + i * kSide);
    for (i64 p = 0; p < kTileDepth; ++p) {
      line[p].bits = i < rows && p < depth ? half_of(*a.at(i, p)) : std::uint16_t{0};
    }
  }
}

template <class T>
void tile_of_lines(Grid<T> a, float* to) {
#pragma GCC unroll 16
  for (i64 i = 0; i < kSide; ++i) {
    const Halves halves[2] = {halves_at(a.at(i, 0)), halves_at(a.at(i, kSide))};
    __builtin_memcpy(to + i * kSide, halves, sizeof(halves));
  }
}

// Of an a whose columns lie in lines: two of them make a line of pairs, which are turned.
template <class T>
void tile_of_columns(Grid<T> a, float* to) {
  alignas(64) float pairs[kTileFloats];
#pragma GCC unroll 16
  for (i64 p = 0; p < kSide; ++p) {
    store(pairs + p * kSide, reinterpret_cast<Vector>(pair_up(halves_at(a.at(0, 2 * p)),
                                                              halves_at(a.at(0, 2 * p + 1)))));
  }
  turn_eights(pairs, kSide, kSide, kSide, to);
}

// Rows of a length of a, as tiles [rows / 16][depth / 32][16][16 pairs].
template <class T>
void bring_rows(const Length& length, i64 row, i64 rows, float* to) {
  const Matrix& a = length.product.a;
  const Grid<T> grid =
      Grid<T>{static_cast<const T*>(a.data), a.row_stride, a.column_stride}.from(row, length.from);
  for (i64 i = 0; i < rows; i += kSide) {
    for (i64 p = 0; p < length.depth; p += kTileDepth, to += kTileFloats) {
      const Grid<T> from = grid.from(i, p);
      const bool whole = i + kSide <= rows && p + kTileDepth <= length.depth;
      if (whole && a.column_stride == 1) {
        tile_of_lines(from, to);
      } else if (whole && a.row_stride == 1) {
        tile_of_columns(from, to);
      } else {
        tile_any(from, rows - i, length.depth - p, to);
      }
    }
  }
}

// Where tiles of a lie: `row` bytes from row to row, `step` to the next tile along the depth,
// `below` to the next 16 rows.
struct LeftTiles {
  const char* data;
  i64 row, step, below;
};

// Some rows of a length of a: whole tiles of bfloat16 are read where they lie, others from where
// they were brought.
struct LeftRows {
  const Length& length;
  i64 row, rows;

  [[nodiscard]] bool in_place() const {
    const Matrix& a = length.product.a;
    return a.element == Element::kBfloat16 && a.column_stride == 1 && rows % kSide == 0 &&
           length.depth % kTileDepth == 0;
  }
  // Floats that these rows take when they are brought.
  [[nodiscard]] i64 floats() const {
    return in_place() ? 0 : round_up(rows, kSide) * length.padded() / 2;
  }
  void bring(float* to) const {
    if (in_place()) return;
    if (length.product.a.element == Element::kFloat32) {
      bring_rows<float>(length, row, rows, to);
    } else {
      bring_rows<Bfloat16>(length, row, rows, to);
    }
  }
  // From the i-th of the rows on.
  [[nodiscard]] LeftTiles tiles(const float* brought, i64 i) const {
    if (!in_place()) {
      const float* const data = brought + i * length.padded() / 2;
      return {reinterpret_cast<const char*>(data), 4 * kSide, 4 * kTileFloats,
              2 * kSide * length.padded()};
    }
    const Matrix& a = length.product.a;
    const auto* const data =
        static_cast<const Bfloat16*>(a.data) + (row + i) * a.row_stride + length.from;
    return {reinterpret_cast<const char*>(data), 2 * a.row_stride, 2 * kTileDepth,
            2 * kSide * a.row_stride};
  }
};

}  // namespace
}  // namespace fettle::tensor::cpu
