// Parts of matrices brought into the order that a tile reads. After tile_kernel.h.
#pragma once

#include "tensor/kernels/cpu/tile_kernel.h"

namespace fettle::tensor::cpu {
namespace {

// Element (i, j) at data[i * rows + j * columns].
template <class T>
struct Grid {
  const T* data;
  i64 rows;
  i64 columns;

  [[nodiscard]] const T* at(i64 i, i64 j) const { return data + i * rows + j * columns; }
  [[nodiscard]] Grid from(i64 i, i64 j) const { return {at(i, j), rows, columns}; }
};

template <class T>
void pack_any(Grid<T> b, i64 depth, i64 columns, float* strip) {
  for (i64 p = 0; p < depth; ++p) {
    for (i64 j = 0; j < columns; ++j) strip[p * kColumns + j] = value_of(*b.at(p, j));
    for (i64 j = columns; j < kColumns; ++j) strip[p * kColumns + j] = 0.0F;
  }
}

// b's [depth, columns] as a strip [depth][kColumns] of floats; beyond its columns are zeros, or
// nothing that is read.
template <class T>
void pack(Grid<T> b, i64 depth, i64 columns, float* strip) {
  if (columns % kLanes != 0 || b.rows != 1) return pack_any(b, depth, columns, strip);
  const i64 whole = depth / 8 * 8;
  for (i64 p = 0; p < whole; p += 8) {
    for (i64 j = 0; j < columns; j += 8) {
      Eight r[8];
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) {
        r[i] = load_eight(b.at(p, j + i));
        // More lines are followed here than hardware sees.
        __builtin_prefetch(b.at(p + 32, j + i));
      }
      transpose_8x8(r, strip + p * kColumns + j, kColumns);
    }
  }
  pack_any(b.from(whole, 0), depth - whole, columns, strip + whole * kColumns);
}

// Whole strips of a b whose rows lie in lines: some lines at a time, so that each is read along its
// length and each strip is written in runs.
template <class T>
void pack_lines(Grid<T> b, i64 depth, i64 columns, float* strips) {
  constexpr i64 kLines = 8;
  for (i64 from = 0; from < depth; from += kLines) {
    const i64 end = least(depth, from + kLines);
    for (i64 j = 0; j < columns; j += kColumns) {
      float* const strip = strips + j * depth;
      for (i64 p = from; p < end; ++p) {
#pragma GCC unroll 2
        for (int k = 0; k < kColumns; k += kLanes) {
          store(strip + p * kColumns + k, load(b.at(p, j + k)));
        }
      }
    }
  }
}

template <class T>
void panel_any(Grid<T> a, i64 rows, i64 depth, float* panel) {
  for (i64 p = 0; p < depth; ++p) {
    for (i64 i = 0; i < rows; ++i) panel[p * kTileRows + i] = value_of(*a.at(i, p));
  }
}

// A whole tile's rows that lie in lines. Eights of rows are turned from the last to the first and
// each writes eight wide: what goes beyond the tile is overwritten by the next.
template <class T>
void panel_of_lines(Grid<T> a, i64 depth, float* panel) {
  const i64 whole = depth / 8 * 8;
  for (i64 p = 0; p < whole; p += 8) {
    for (int first = (kTileRows - 1) / 8 * 8; first >= 0; first -= 8) {
      Eight r[8] = {};
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) {
        if (first + i < kTileRows) {
          r[i] = load_eight(a.at(first + i, p));
          // The next tile's rows are far apart, and hardware follows only some of them.
          __builtin_prefetch(a.at(first + i + kTileRows, p));
        }
      }
      transpose_8x8(r, panel + p * kTileRows + first, kTileRows);
    }
  }
  panel_any(a.from(0, whole), kTileRows, depth - whole, panel + whole * kTileRows);
}

// All rows of an a whose columns lie in lines: some lines at a time, so that each is read along its
// length and each panel is written in runs.
template <class T>
void panels_of_columns(Grid<T> a, i64 rows, i64 depth, float* to) {
  constexpr i64 kLines = 8;
  const i64 whole = rows / kTileRows * kTileRows;
  for (i64 from = 0; from < depth; from += kLines) {
    const i64 end = least(depth, from + kLines);
    for (i64 row = 0; row < whole; row += kTileRows) {
      for (i64 p = from; p < end; ++p) {
        const T* const line = a.at(row, p);
        float* const panel = to + row * depth + p * kTileRows;
#pragma GCC unroll 12
        for (int i = 0; i < kTileRows; ++i) panel[i] = value_of(line[i]);
      }
    }
  }
  panel_any(a.from(whole, 0), rows - whole, depth, to + whole * depth);
}

// The rows of a as floats in panels of a tile's rows, [rows / kTileRows][depth][kTileRows]: a tile
// reads one run of memory. Up to kPanelSlack floats behind the last are written too.
template <class T>
Left panels(Grid<T> a, i64 rows, i64 depth, float* to) {
  if (a.rows == 1) {
    panels_of_columns(a, rows, depth, to);
  } else {
    for (i64 row = 0; row < rows; row += kTileRows) {
      const i64 count = least(kTileRows, rows - row);
      float* const panel = to + row * depth;
      if (a.columns == 1 && count == kTileRows) {
        panel_of_lines(a.from(row, 0), depth, panel);
      } else {
        panel_any(a.from(row, 0), count, depth, panel);
      }
    }
  }
  return {reinterpret_cast<const char*>(to), 4, 4 * kTileRows, 4 * kTileRows * depth};
}

// The rows of a where they lie.
inline Left lines(Grid<float> a) {
  return {reinterpret_cast<const char*>(a.data), 4 * a.rows, 4 * a.columns, 4 * kTileRows * a.rows};
}

#if defined(FETTLE_DOT_PAIRS) || defined(FETTLE_TILE_DOT)
static_assert(kLanes == 16);
// The pair of which `low` lies first in memory, as bits.
inline Bits pair_up(Halves low, Halves high) {
  return reinterpret_cast<Bits>(
      __builtin_shufflevector(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8,
                              24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
}
inline Halves halves_at(const Bfloat16* from) { return load_as<Halves>(from); }
inline Halves halves_at(const float* from) { return narrow(load(from)); }
inline std::uint16_t half_of(Bfloat16 x) { return x.bits; }
inline std::uint16_t half_of(float x) { return narrow(all(x))[0]; }

template <class T>
inline std::uint32_t pair_of(Grid<T> grid, i64 p, i64 depth, i64 j) {
  const std::uint32_t low = half_of(*grid.at(p, j));
  const std::uint32_t high = p + 1 < depth ? half_of(*grid.at(p + 1, j)) : 0;
  return low | high << 16;
}

inline void put_bits(float* to, std::uint32_t bits) { __builtin_memcpy(to, &bits, 4); }

inline void pack_pairs_any(Grid<Bfloat16> b, i64 depth, i64 columns, float* strip) {
  for (i64 p = 0; p < depth; p += 2, strip += kColumns) {
    for (i64 j = 0; j < columns; ++j) put_bits(strip + j, pair_of(b, p, depth, j));
    for (i64 j = columns; j < kColumns; ++j) strip[j] = 0.0F;
  }
}

// Lines that are called for before they are read, and numbers along a line: a frozen weight comes
// from memory, and hardware does not follow so many lines.
constexpr i64 kLinesAhead = 16;
constexpr i64 kAhead = 128;

// b's [depth, columns] as a strip [depth / 2][kColumns] of pairs along the depth.
inline void pack_pairs(Grid<Bfloat16> b, i64 depth, i64 columns, float* strip) {
  if (columns % kLanes != 0) return pack_pairs_any(b, depth, columns, strip);
  i64 p = 0;
  if (b.columns == 1) {
    for (; p + 2 <= depth; p += 2) {
      __builtin_prefetch(b.at(p + kLinesAhead, 0));
      __builtin_prefetch(b.at(p + kLinesAhead + 1, 0));
      for (i64 j = 0; j < columns; j += kLanes) {
        store(strip + p / 2 * kColumns + j,
              reinterpret_cast<Vector>(pair_up(halves_at(b.at(p, j)), halves_at(b.at(p + 1, j)))));
      }
    }
  } else if (b.rows == 1) {
    for (; p + 16 <= depth; p += 16) {
      for (i64 j = 0; j < columns; j += 8) {
        Eight r[8];
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
          r[i] = load_as<Eight>(b.at(p, j + i));
          __builtin_prefetch(b.at(p + kAhead, j + i));
        }
        transpose_8x8(r, strip + p / 2 * kColumns + j, kColumns);
      }
    }
  }
  pack_pairs_any(b.from(p, 0), depth - p, columns, strip + p / 2 * kColumns);
}

// The rows of a where they lie, as pairs along an even depth.
inline Left paired_lines(Grid<Bfloat16> a) {
  return {reinterpret_cast<const char*>(a.data), 2 * a.rows, 4, 2 * kTileRows * a.rows};
}

// The rows of a as pairs along the depth, rounded where they are floats.
template <class T>
Left pair_left(Grid<T> a, i64 rows, i64 depth, float* to) {
  const auto* const data = reinterpret_cast<const char*>(to);
  const i64 pairs = (depth + 1) / 2;
  // Along the depth the transposed a is a row of b: what pairs up are two of its lines.
  const Grid<T> turned = {a.data, a.columns, a.rows};
  if (a.rows == 1) {
    for (i64 p = 0; p < depth; p += 2) {
      float* const line = to + p / 2 * rows;
      const i64 whole = p + 1 < depth ? rows / kLanes * kLanes : 0;
      for (i64 i = 0; i < whole; i += kLanes) {
        store(line + i, reinterpret_cast<Vector>(
                            pair_up(halves_at(turned.at(p, i)), halves_at(turned.at(p + 1, i)))));
      }
      for (i64 i = whole; i < rows; ++i) put_bits(line + i, pair_of(turned, p, depth, i));
    }
    return {data, 4, 4 * rows, 4 * kTileRows};
  }
  for (i64 i = 0; i < rows; ++i) {
    auto* const line = reinterpret_cast<Bfloat16*>(to + i * pairs);
    const i64 whole = a.columns == 1 ? depth / kLanes * kLanes : 0;
    for (i64 p = 0; p < whole; p += kLanes) {
      const Halves halves = halves_at(a.at(i, p));
      __builtin_memcpy(line + p, &halves, sizeof(halves));
    }
    for (i64 p = whole; p < depth; ++p) line[p].bits = half_of(*a.at(i, p));
    if (depth % 2 != 0) line[depth].bits = 0;
  }
  return {data, 4 * pairs, 4, 4 * pairs * kTileRows};
}
#endif

}  // namespace
}  // namespace fettle::tensor::cpu
