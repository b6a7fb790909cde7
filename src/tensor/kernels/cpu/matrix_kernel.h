// Products of bfloat16 by a processor's matrix tiles: 16 rows of 64 bytes each. After
// left_kernel.h, and after the FETTLE_TILE_ macros are set: CONFIGURE(bytes), RELEASE(), ZERO(t),
// LOAD(t, from, stride), STORE(t, to, stride) and DOT(sum, a, b), which adds to each of sum's
// [16][16] float32 the products of 16 pairs from a row of a and a column of b.
#pragma once

#include "tensor/kernels/cpu/left_kernel.h"

namespace fettle::tensor::cpu {
namespace {

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

// The columns of b from `column` on as strips [length.padded() / 2][kColumns] of pairs, the next
// one `size` floats on. Where the rows of b lie in lines some at a time, so that memory is read
// along its length.
inline void pack_length(const Length& length, i64 column, i64 columns, float* strips, i64 size) {
  constexpr i64 kLines = 16;
  const Matrix& b = length.product.b;
  const Grid<Bfloat16> grid =
      Grid<Bfloat16>{static_cast<const Bfloat16*>(b.data), b.row_stride, b.column_stride}.from(
          length.from, column);
  const i64 lines = b.column_stride == 1 ? kLines : length.depth;
  for (i64 p = 0; p < length.depth; p += lines) {
    float* to = strips + p / 2 * kColumns;
    for (i64 j = 0; j < columns; j += kColumns, to += size) {
      pack_pairs(grid.from(p, j), least(lines, length.depth - p), least(kColumns, columns - j), to);
    }
  }
  const i64 packed = (length.depth + 1) / 2 * kColumns;
  for (i64 j = 0; j < columns; j += kColumns, strips += size) {
    for (i64 i = packed; i < length.padded() / 2 * kColumns; ++i) strips[i] = 0.0F;
  }
}

// All of b as strips.
inline void bring_strips(const Matrix& b, i64 depth, i64 columns, float* strips) {
  const Product product = {{}, b, depth};
  pack_length({product, 0, depth}, 0, columns, strips, strip_size(depth));
}

// The rows and columns of a part along some of its depth.
struct Piece {
  const Part& part;
  i64 begin, depth;  // padded
  i64 column, columns;

  [[nodiscard]] bool in_order() const {
    return part.count == 1 && part.products[0].strips != nullptr;
  }
  [[nodiscard]] i64 strip_floats() const {
    return in_order() ? part.products[0].strip_size : depth / 2 * kColumns;
  }
  [[nodiscard]] const float* strips() const {
    return in_order()
               ? part.products[0].strips + column / kColumns * strip_floats() + begin / 2 * kColumns
               : part.space.strips;
  }
};

// Unless the strips are those of the call's part before.
inline void pack_piece(const Piece& piece) {
  if (piece.in_order()) return;
  Brought& held = *piece.part.space.brought;
  const Brought wanted = {piece.part.call, piece.begin, piece.column, piece.columns};
  if (wanted.call != 0 && wanted.call == held.call && wanted.from == held.from &&
      wanted.column == held.column && wanted.columns == held.columns) {
    return;
  }
  held = wanted;
  float* strips = piece.part.space.strips;
  each_length(piece.part, piece.begin, [&](const Length& length) {
    pack_length(length, piece.column, piece.columns, strips, piece.strip_floats());
    strips += length.padded() / 2 * kColumns;
  });
}

// Some rows of a piece.
struct PieceRows {
  const Piece& piece;
  i64 row, rows;

  void bring() const {
    float* to = piece.part.space.left;
    each_length(piece.part, piece.begin, [&](const Length& length) {
      const LeftRows left = {length, row, rows};
      left.bring(to);
      to += left.floats();
    });
  }
};

// The lines of a result that a block will write. They are called for while its sums are made, a few
// at a time: all at once they would keep the tiles' own waiting.
struct Awaited {
  const char* line = nullptr;
  i64 stride = 0;  // bytes
  i64 count = 0;

  void call_some() {
    constexpr i64 kAtOnce = 4;
    for (i64 i = least(kAtOnce, count); i > 0; --i, --count, line += stride) {
      __builtin_prefetch(line, 1);
    }
  }
};
struct NothingAwaited {
  void call_some() {}
};

// Adds to tiles 0 to 3 the products of a block along a length.
template <bool SecondRows, bool SecondColumns, class Waiting>
inline void add_length(const LeftTiles& a, const float* b, i64 depth, Waiting& awaited) {
  const auto row = static_cast<std::size_t>(a.row);
  const char* tile = a.data;
  for (i64 p = 0; p < depth; p += kTileDepth, tile += a.step, b += kSide * kColumns) {
    awaited.call_some();
    FETTLE_TILE_LOAD(4, tile, row);
    FETTLE_TILE_LOAD(6, b, 4 * kColumns);
    FETTLE_TILE_DOT(0, 4, 6);
    if (SecondColumns) {
      FETTLE_TILE_LOAD(7, b + kSide, 4 * kColumns);
      FETTLE_TILE_DOT(1, 4, 7);
    }
    if (SecondRows) {
      FETTLE_TILE_LOAD(5, tile + a.below, row);
      FETTLE_TILE_DOT(2, 5, 6);
      if (SecondColumns) FETTLE_TILE_DOT(3, 5, 7);
    }
  }
}

// body.operator()<whether a block has a second 16 rows, and a second 16 columns>().
template <class Body>
inline void by_tiles(bool second_rows, bool second_columns, const Body& body) {
  if (second_rows) {
    second_columns ? body.template operator()<true, true>()
                   : body.template operator()<true, false>();
  } else {
    second_columns ? body.template operator()<false, true>()
                   : body.template operator()<false, false>();
  }
}

// Tiles 0 to 3 from and to sums [32][stride].
template <bool SecondRows, bool SecondColumns>
inline void begin_sums(const float* sums, i64 stride, bool add) {
  const i64 below = kSide * stride;
  const auto bytes = static_cast<std::size_t>(4 * stride);
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
}
template <bool SecondRows, bool SecondColumns>
inline void end_sums(float* sums, i64 stride) {
  const i64 below = kSide * stride;
  const auto bytes = static_cast<std::size_t>(4 * stride);
  FETTLE_TILE_STORE(0, sums, bytes);
  if (SecondColumns) FETTLE_TILE_STORE(1, sums + kSide, bytes);
  if (SecondRows) FETTLE_TILE_STORE(2, sums + below, bytes);
  if (SecondRows && SecondColumns) FETTLE_TILE_STORE(3, sums + below + kSide, bytes);
}

// sums [32][stride] = or += a block: the rows from the i-th on, and a strip. The second 16 rows or
// columns may be missing.
template <bool SecondRows, bool SecondColumns, class Waiting>
void block_of(const PieceRows& left, i64 i, const float* strip, float* sums, i64 stride, bool add,
              Waiting awaited) {
  // The compiler is not told what a tile's load reads: what was written before must be in memory.
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  begin_sums<SecondRows, SecondColumns>(sums, stride, add);
  const float* brought = left.piece.part.space.left;
  each_length(left.piece.part, left.piece.begin, [&](const Length& length) {
    const LeftRows rows = {length, left.row, left.rows};
    add_length<SecondRows, SecondColumns>(rows.tiles(brought, i), strip, length.padded(), awaited);
    brought += rows.floats();
    strip += length.padded() / 2 * kColumns;
  });
  end_sums<SecondRows, SecondColumns>(sums, stride);
}

template <class Waiting>
void block_of_any(const PieceRows& left, i64 i, i64 columns, const float* strip, float* sums,
                  i64 stride, bool add, Waiting awaited) {
  by_tiles(left.rows - i > kSide, columns > kSide, [&]<bool Rows, bool Columns>() {
    block_of<Rows, Columns>(left, i, strip, sums, stride, add, awaited);
  });
}

template <class From, class To>
inline void copy_some(const From* from, i64 count, To* to) {
  const i64 whole = round_down(count, kLanes);
  for (i64 j = 0; j < whole; j += kLanes) store(to + j, load(from + j));
  for (i64 j = whole; j < count; ++j) put(to + j, value_of(from[j]));
}

// Sums [rows][kPair] of whole rows: each is one line of the result.
inline void write_whole(const float* sums, i64 rows, Bfloat16* c, i64 stride) {
  for (i64 r = 0; r < rows; ++r, sums += kPair, c += stride) {
    const Halves halves[2] = {narrow(load(sums)), narrow(load(sums + kLanes))};
    const auto line = __builtin_shufflevector(halves[0], halves[1], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
                                              10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
                                              23, 24, 25, 26, 27, 28, 29, 30, 31);
    __builtin_memcpy(c, &line, sizeof(line));
  }
}
inline void write_whole(const float* sums, i64 rows, float* c, i64 stride) {
  for (i64 r = 0; r < rows; ++r) copy_some(sums + r * kPair, kPair, c + r * stride);
}

// c [at most 32, columns] = or += the block: tiles that c has no whole room for go through a
// buffer.
template <class T>
void multiply_block_to(const PieceRows& left, i64 i, i64 columns, const float* strip, T* c,
                       i64 stride, bool add) {
  const i64 rows = least(kPair, left.rows - i);
  if constexpr (kElementOf<T> == Element::kFloat32) {
    if (rows % kSide == 0 && columns % kSide == 0) {
      return block_of_any(left, i, columns, strip, c, stride, add, NothingAwaited());
    }
  }
  const Awaited awaited = {reinterpret_cast<const char*>(c), stride * static_cast<i64>(sizeof(T)),
                           rows};
  alignas(64) float sums[kPair * kPair];
  for (i64 r = 0; add && r < rows; ++r) copy_some(c + r * stride, columns, sums + r * kPair);
  block_of_any(left, i, columns, strip, sums, kPair, add, awaited);
  if (columns == kPair) return write_whole(sums, rows, c, stride);
  for (i64 r = 0; r < rows; ++r) copy_some(sums + r * kPair, columns, c + r * stride);
}

// c: where the piece's first column of the result's first row lies.
template <class T>
void multiply_piece(const Piece& piece, T* c, i64 stride, bool add) {
  const Part& part = piece.part;
  pack_piece(piece);
  const i64 fitting = round_down(kLeftFloats / (piece.depth / 2), kSide);
  const i64 most = fitting >= kPair ? round_down(fitting, kPair) : kSide;
  for (i64 row = part.rows_begin; row < part.rows_end; row += most) {
    const PieceRows left = {piece, row, least(most, part.rows_end - row)};
    left.bring();
    for (i64 i = 0; i < left.rows; i += kPair) {
      const float* strip = piece.strips();
      for (i64 j = 0; j < piece.columns; j += kColumns, strip += piece.strip_floats()) {
        multiply_block_to(left, i, least(kColumns, piece.columns - j), strip,
                          c + (row + i) * stride + j, stride, add);
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

// Whether one product's matrices both lie as tiles read them, and the result has room for whole
// tiles: attention's tables, where what goes on around a block would take as long as the block.
inline bool in_order(const Part& part) {
  const Product& product = part.products[0];
  const i64 rows = part.rows_end - part.rows_begin;
  const i64 columns = part.columns_end - part.columns_begin;
  return part.count == 1 && product.strips != nullptr && product.a.element == Element::kBfloat16 &&
         product.a.column_stride == 1 && product.depth % kTileDepth == 0 && rows % kSide == 0 &&
         columns % kSide == 0 && part.result.element == Element::kFloat32;
}

inline void multiply_in_order(const Part& part) {
  const Product& product = part.products[0];
  const i64 stride = part.result.stride;
  const auto* const a = static_cast<const Bfloat16*>(product.a.data);
  auto* const c = static_cast<float*>(part.result.data);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  for (i64 i = part.rows_begin; i < part.rows_end; i += kPair) {
    const LeftTiles left = {reinterpret_cast<const char*>(a + i * product.a.row_stride),
                            2 * product.a.row_stride, 2 * kTileDepth,
                            2 * kSide * product.a.row_stride};
    for (i64 j = part.columns_begin; j < part.columns_end; j += kColumns) {
      const float* const strip = product.strips + j / kColumns * product.strip_size;
      float* const sums = c + i * stride + j;
      by_tiles(i + kSide < part.rows_end, j + kSide < part.columns_end,
               [&]<bool Rows, bool Columns>() {
                 NothingAwaited nothing;
                 begin_sums<Rows, Columns>(sums, stride, part.accumulate);
                 add_length<Rows, Columns>(left, strip, product.depth, nothing);
                 end_sums<Rows, Columns>(sums, stride);
               });
    }
  }
}

inline void multiply_on_tiles(const Part& part) {
  FETTLE_TILE_CONFIGURE(kTileShapes.bytes);
  if (in_order(part)) {
    multiply_in_order(part);
    FETTLE_TILE_RELEASE();
    return;
  }
  if (part.result.element == Element::kFloat32) {
    multiply_pieces<float>(part);
  } else {
    multiply_pieces<Bfloat16>(part);
  }
  FETTLE_TILE_RELEASE();
}

}  // namespace
}  // namespace fettle::tensor::cpu
