// Products of bfloat16 by a processor's matrix tiles: 16 rows of 64 bytes each. After
// pack_kernel.h, and after the FETTLE_TILE_ macros are set: CONFIGURE(bytes), RELEASE(), ZERO(t),
// LOAD(t, from, stride), STORE(t, to, stride) and DOT(sum, a, b), which adds to each of sum's
// [16][16] float32 the products of 16 pairs from a row of a and a column of b.
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

// Eight tiles of 16 rows of 64 bytes, in the form of the processor's LDTILECFG: its first byte
// names the palette, 16-bit widths begin at byte 16, rows at byte 48.
struct alignas(64) TileShapes {
  unsigned char bytes[64];

  constexpr TileShapes() : bytes{} {
    bytes[0] = 1;
    for (int t = 0; t < 8; ++t) {
      bytes[16 + 2 * t] = 64;
      bytes[48 + t] = 16;
    }
  }
};
constexpr TileShapes kTileShapes;

// The part of a product along the depth that is summed at once.
struct Length {
  const Product& product;
  i64 from, depth;

  [[nodiscard]] i64 padded() const { return round_up(depth, kTileDepth); }
};

// body(length) over the products' depth from `begin` on, counted in padded elements, as far as
// kDeepest reaches; returns where it ended.
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
    const i64 most = least(padded - from, begin + kDeepest - at);
    if (most == 0) break;
    body(Length{product, from, least(most, product.depth - from)});
    at += most;
  }
  return at;
}

// The columns of b from `column` on as a strip [length.padded() / 2][kColumns] of pairs.
inline void pack_length(const Length& length, i64 column, i64 columns, float* strip) {
  const Matrix& b = length.product.b;
  const Grid<Bfloat16> grid =
      Grid<Bfloat16>{static_cast<const Bfloat16*>(b.data), b.row_stride, b.column_stride}.from(
          length.from, column);
  pack_pairs(grid, length.depth, columns, strip);
  for (i64 i = (length.depth + 1) / 2 * kColumns; i < length.padded() / 2 * kColumns; ++i) {
    strip[i] = 0.0F;
  }
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
  for (i64 p = 0; p < kSide; p += 8) {
    for (i64 i = 0; i < kSide; i += 8) {
      Eight r[8];
#pragma GCC unroll 8
      for (int k = 0; k < 8; ++k) r[k] = load_eight(pairs + (p + k) * kSide + i);
      transpose_8x8(r, to + i * kSide + p, kSide);
    }
  }
}

// Rows of a length of a, as tiles [rows / 16][depth / 32][16][16 pairs], `stride` floats from 16
// rows to the next 16.
template <class T>
void bring_rows(const Length& length, i64 row, i64 rows, float* to, i64 stride) {
  const Matrix& a = length.product.a;
  const Grid<T> grid =
      Grid<T>{static_cast<const T*>(a.data), a.row_stride, a.column_stride}.from(row, length.from);
  for (i64 i = 0; i < rows; i += kSide) {
    float* tile = to + i / kSide * stride;
    for (i64 p = 0; p < length.depth; p += kTileDepth, tile += kTileFloats) {
      const Grid<T> from = grid.from(i, p);
      const bool whole = i + kSide <= rows && p + kTileDepth <= length.depth;
      if (whole && a.column_stride == 1) {
        tile_of_lines(from, tile);
      } else if (whole && a.row_stride == 1) {
        tile_of_columns(from, tile);
      } else {
        tile_any(from, rows - i, length.depth - p, tile);
      }
    }
  }
}

// sums [32][stride] = or += a block, of which the second 16 rows or columns may be missing.
template <bool SecondRows, bool SecondColumns>
void block_of(i64 depth, const float* a, const float* b, float* sums, i64 stride, bool add) {
  const i64 below = kSide * stride;
  const auto bytes = static_cast<std::size_t>(4 * stride);
  const float* const a_below = a + depth / 2 * kSide;
  // The compiler is not told what a tile's load reads: what was written before must be in memory.
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  if (add) {
    FETTLE_TILE_LOAD(0, sums, bytes);
    if (SecondColumns) FETTLE_TILE_LOAD(1, sums + kSide, bytes);
    if (SecondRows) FETTLE_TILE_LOAD(2, sums + below, bytes);
    if (SecondRows && SecondColumns) FETTLE_TILE_LOAD(3, sums + below + kSide, bytes);
  } else {
    FETTLE_TILE_ZERO(0);
    FETTLE_TILE_ZERO(1);
    FETTLE_TILE_ZERO(2);
    FETTLE_TILE_ZERO(3);
  }
  for (i64 p = 0; p < depth; p += kTileDepth) {
    FETTLE_TILE_LOAD(4, a + p / 2 * kSide, 64);
    FETTLE_TILE_LOAD(6, b + p / 2 * kColumns, 4 * kColumns);
    FETTLE_TILE_DOT(0, 4, 6);
    if (SecondColumns) {
      FETTLE_TILE_LOAD(7, b + p / 2 * kColumns + kSide, 4 * kColumns);
      FETTLE_TILE_DOT(1, 4, 7);
    }
    if (SecondRows) {
      FETTLE_TILE_LOAD(5, a_below + p / 2 * kSide, 64);
      FETTLE_TILE_DOT(2, 5, 6);
      if (SecondColumns) FETTLE_TILE_DOT(3, 5, 7);
    }
  }
  FETTLE_TILE_STORE(0, sums, bytes);
  if (SecondColumns) FETTLE_TILE_STORE(1, sums + kSide, bytes);
  if (SecondRows) FETTLE_TILE_STORE(2, sums + below, bytes);
  if (SecondRows && SecondColumns) FETTLE_TILE_STORE(3, sums + below + kSide, bytes);
}

inline void block_of_any(i64 rows, i64 columns, i64 depth, const float* a, const float* b,
                         float* sums, i64 stride, bool add) {
  if (rows > kSide) {
    if (columns > kSide) return block_of<true, true>(depth, a, b, sums, stride, add);
    return block_of<true, false>(depth, a, b, sums, stride, add);
  }
  if (columns > kSide) return block_of<false, true>(depth, a, b, sums, stride, add);
  block_of<false, false>(depth, a, b, sums, stride, add);
}

template <class From, class To>
inline void copy_some(const From* from, i64 count, To* to) {
  const i64 whole = round_down(count, kLanes);
  for (i64 j = 0; j < whole; j += kLanes) store(to + j, load(from + j));
  for (i64 j = whole; j < count; ++j) put(to + j, value_of(from[j]));
}

// c [rows, columns] = or += the block: tiles that c has no whole room for go through a buffer.
template <class T>
void multiply_block_to(i64 rows, i64 columns, i64 depth, const float* a, const float* b, T* c,
                       i64 stride, bool add) {
  if constexpr (kElementOf<T> == Element::kFloat32) {
    if (rows % kSide == 0 && columns % kSide == 0) {
      return block_of_any(rows, columns, depth, a, b, c, stride, add);
    }
  }
  alignas(64) float sums[kPair * kPair];
  for (i64 i = 0; add && i < rows; ++i) copy_some(c + i * stride, columns, sums + i * kPair);
  block_of_any(rows, columns, depth, a, b, sums, kPair, add);
  for (i64 i = 0; i < rows; ++i) copy_some(sums + i * kPair, columns, c + i * stride);
}

// The rows and columns of a part along some of its depth.
struct Piece {
  const Part& part;
  i64 begin, depth;  // padded
  i64 column, columns;

  [[nodiscard]] i64 strip_floats() const { return depth / 2 * kColumns; }
};

inline void pack_piece(const Piece& piece) {
  float* strip = piece.part.space.strips;
  for (i64 j = 0; j < piece.columns; j += kColumns, strip += piece.strip_floats()) {
    const i64 columns = least(kColumns, piece.columns - j);
    float* to = strip;
    each_length(piece.part, piece.begin, [&](const Length& length) {
      pack_length(length, piece.column + j, columns, to);
      to += length.padded() / 2 * kColumns;
    });
  }
}

inline void bring_left(const Piece& piece, i64 row, i64 rows) {
  const i64 stride = piece.depth / 2 * kSide;
  float* to = piece.part.space.left;
  each_length(piece.part, piece.begin, [&](const Length& length) {
    if (length.product.a.element == Element::kFloat32) {
      bring_rows<float>(length, row, rows, to, stride);
    } else {
      bring_rows<Bfloat16>(length, row, rows, to, stride);
    }
    to += length.padded() / 2 * kSide;
  });
}

// c: where the piece's first column of the result's first row lies.
template <class T>
void multiply_piece(const Piece& piece, T* c, i64 stride, bool add) {
  const Part& part = piece.part;
  pack_piece(piece);
  const i64 fitting = round_down(kLeftFloats / (piece.depth / 2), kSide);
  const i64 most = fitting >= kPair ? round_down(fitting, kPair) : kSide;
  for (i64 row = part.rows_begin; row < part.rows_end; row += most) {
    const i64 rows = least(most, part.rows_end - row);
    bring_left(piece, row, rows);
    for (i64 i = 0; i < rows; i += kPair) {
      const float* const a = part.space.left + i * (piece.depth / 2);
      const float* strip = part.space.strips;
      for (i64 j = 0; j < piece.columns; j += kColumns, strip += piece.strip_floats()) {
        multiply_block_to(least(kPair, rows - i), least(kColumns, piece.columns - j), piece.depth,
                          a, strip, c + (row + i) * stride + j, stride, add);
      }
    }
  }
}

// Whether all is bfloat16, and the sums of a narrow result are made at once.
inline bool fits_tiles(const Part& part) {
  i64 depth = 0;
  for (i64 i = 0; i < part.count; ++i) {
    if (part.products[i].b.element != Element::kBfloat16) return false;
    depth += round_up(part.products[i].depth, kTileDepth);
  }
  return depth > 0 && (depth <= kDeepest || part.result.element == Element::kFloat32);
}

template <class T>
void multiply_pieces(const Part& part) {
  auto* const c = static_cast<T*>(part.result.data);
  bool add = part.accumulate;
  for (i64 begin = 0, end = 0;; begin = end, add = true) {
    end = each_length(part, begin, [](const Length&) {});
    if (end == begin) return;
    const i64 depth = end - begin;
    const i64 most = least(kPartColumns, round_down(kStripFloats / (depth / 2), kColumns));
    for (i64 column = part.columns_begin; column < part.columns_end; column += most) {
      const i64 columns = least(most, part.columns_end - column);
      multiply_piece(Piece{part, begin, depth, column, columns}, c + column, part.result.stride,
                     add);
    }
  }
}

inline void multiply_on_tiles(const Part& part) {
  FETTLE_TILE_CONFIGURE(kTileShapes.bytes);
  if (part.result.element == Element::kFloat32) {
    multiply_pieces<float>(part);
  } else {
    multiply_pieces<Bfloat16>(part);
  }
  FETTLE_TILE_RELEASE();
}

}  // namespace
}  // namespace fettle::tensor::cpu
