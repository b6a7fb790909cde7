// Some queries of attention against some keys: the tables between them, and the products that make
// and use these. For attention.cpp.
#pragma once

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "tensor/kernels/cpu/attention.h"
#include "tensor/kernels/cpu/attention_keys.h"
#include "tensor/kernels/cpu/kernels.h"
#include "tensor/kernels/cpu/lines.h"

namespace fettle::tensor::cpu {

using i64 = std::int64_t;

// Of a table's rows the numbers from one to the next: a whole vector more than the columns need, so
// that the rows of a power of two do not meet in the same lines of the cache.
constexpr i64 table_stride(i64 columns) { return (columns + 2 * kWidest - 1) / kWidest * kWidest; }

// Some queries of a span for the query heads of one key head, as rows: head by head, query by
// query. Its columns are the keys of the span's ranges, up to the last that one of its queries
// sees.
template <class T>
struct Block {
  const Attention<T>& attention;
  const AttentionSpan& span;
  Keys<T> key, value;
  i64 kv_head;
  i64 first;  // within the span
  i64 count;  // queries
  i64 keys;

  [[nodiscard]] i64 group() const { return attention.heads / attention.kv_heads; }
  [[nodiscard]] i64 rows() const { return group() * count; }
  [[nodiscard]] i64 work() const { return rows() * keys; }
  [[nodiscard]] i64 head(i64 row) const { return kv_head * group() + row / count; }
  [[nodiscard]] i64 query(i64 row) const { return span.query_begin + first + row % count; }
  // Where the row lies in a [queries, heads, dim] array, and its log-sum in [heads, queries].
  [[nodiscard]] i64 place(i64 row) const {
    return (query(row) * attention.heads + head(row)) * attention.dim;
  }
  [[nodiscard]] i64 log_sum(i64 row) const { return head(row) * attention.queries + query(row); }
  [[nodiscard]] i64 key_stride() const { return attention.kv_heads * attention.dim; }
  // The keys or values from `begin` on, as [keys, dim].
  [[nodiscard]] Matrix keys_from(const T* all, i64 begin) const {
    return matrix(all + (begin * attention.kv_heads + kv_head) * attention.dim, key_stride(), 1);
  }
  // How many of the columns the row's query sees.
  [[nodiscard]] i64 visible(i64 row) const { return visible_in(span, first + row % count); }
  // How many of these lie before its window.
  [[nodiscard]] i64 passed(i64 row) const {
    return attention.window > 0 ? std::max<i64>(0, visible(row) - attention.window) : 0;
  }
  // The first column that a row sees, down to a whole unit.
  [[nodiscard]] i64 begin(i64 unit) const { return passed(0) / unit * unit; }

  static i64 before_own(const AttentionSpan& span) {
    i64 count = 0;
    for (std::size_t i = 0; i + 1 < span.keys.size(); ++i) count += span.keys[i].length;
    return count;
  }
  static i64 visible_in(const AttentionSpan& span, i64 query) {
    return before_own(span) + span.own_keys(query);
  }

  // body(column, range) over the parts of the ranges within the columns [from, to).
  template <class Body>
  void each_range(i64 from, i64 to, const Body& body) const {
    i64 column = 0;
    for (const KeyRange& range : span.keys) {
      const i64 begin = std::max(from, column);
      const i64 end = std::min(to, column + range.length);
      if (begin < end) body(begin - from, KeyRange{range.begin + begin - column, end - begin});
      column += range.length;
    }
  }
};

// most: the queries of a block.
template <class T>
void add_blocks(const Attention<T>& attention, const KeyStrips<T>& strips, i64 kv_head, i64 most,
                std::vector<Block<T>>& blocks) {
  for (const AttentionSpan& span : attention.spans) {
    const Keys<T> key = strips.keys(span, kv_head);
    const Keys<T> value = strips.values(span, kv_head);
    for (i64 first = 0; first < span.queries; first += most) {
      const i64 count = std::min(most, span.queries - first);
      blocks.push_back({attention, span, key, value, kv_head, first, count,
                        Block<T>::visible_in(span, first + count - 1)});
    }
  }
}

// The columns of a table that a row sees.
struct Seen {
  i64 begin = 0;
  i64 end = 0;
};

// The scores of some of a block's rows for the columns [from, to), then the shares that lie over
// them: T's at the beginning of each row.
template <class T>
struct Table {
  float* data;
  i64 from, to;
  i64 first, count;  // rows

  [[nodiscard]] i64 stride() const { return table_stride(to - from); }
  [[nodiscard]] float* row(i64 i) const { return data + (i - first) * stride(); }
  [[nodiscard]] Matrix shares_from(i64 column) const {
    return matrix(reinterpret_cast<const T*>(data) + column,
                  stride() * static_cast<i64>(sizeof(float) / sizeof(T)));
  }
  // Some rows of a table of more.
  [[nodiscard]] Table rows(i64 begin, i64 size) const {
    return {row(begin), from, to, begin, size};
  }
  // The row's own part of the columns.
  [[nodiscard]] Seen seen(const Block<T>& block, i64 i) const {
    const i64 end = std::clamp<i64>(block.visible(i) - from, 0, to - from);
    const i64 begin = std::clamp<i64>(block.passed(i) - from, 0, to - from);
    return begin < end ? Seen{begin, end} : Seen{};
  }
  // Scores before the row's window that have no share.
  void hide_before(i64 i, i64 begin) const { std::fill_n(row(i), begin, -1.0e30F); }
  // Zeros in the row's shares behind the first `visible`.
  void clear_behind(i64 i, i64 visible) const {
    std::memset(reinterpret_cast<T*>(row(i)) + visible, 0,
                static_cast<std::size_t>(to - from - visible) * sizeof(T));
  }
};

// The block's rows of a [queries, heads, dim] array, one after another.
template <class T>
void gather(const Block<T>& block, const T* from, T* to) {
  for (i64 row = 0; row < block.rows(); ++row) {
    std::copy_n(from + block.place(row), block.attention.dim, to + row * block.attention.dim);
  }
}

template <class T>
void scatter(const Block<T>& block, const float* from, T* to) {
  const i64 dim = block.attention.dim;
  for (i64 row = 0; row < block.rows(); ++row) {
    row_kernels<T>().times(from + row * dim, dim, 1.0F, to + block.place(row));
  }
}

// table[i, j] = <rows_i, keys_j>: scores from queries and keys, or the gradient of the shares from
// that of the result and the values. rows: all of the block's.
template <class T>
void against_keys(const Block<T>& block, const T* rows, const Keys<T>& keys,
                  const Table<T>& table) {
  const i64 dim = block.attention.dim;
  block.each_range(table.from, table.to, [&](i64 column, const KeyRange& range) {
    Product product = {matrix(rows + table.first * dim, dim),
                       block.keys_from(keys.all, range.begin), dim};
    std::swap(product.b.row_stride, product.b.column_stride);
    if (keys.as_columns != nullptr) {
      product.strip_size = strip_size(dim);
      product.strips = keys.as_columns + table.from / kStrip * product.strip_size;
    }
    multiply_here({&product, 1},
                  result(table.data + column, table.count, range.length, table.stride()), false);
  });
}

// out_i [rows, dim] = or, to `add`, += sum over j of shares[i, j] keys_j. out: all of the block's.
template <class T>
void over_keys(const Block<T>& block, const Table<T>& table, const Keys<T>& keys, float* out,
               bool add) {
  thread_local std::vector<Product> products;
  products.clear();
  const i64 dim = block.attention.dim;
  block.each_range(table.from, table.to, [&](i64 column, const KeyRange& range) {
    Product& product = products.emplace_back(
        Product{table.shares_from(column), block.keys_from(keys.all, range.begin), range.length});
    if (keys.as_rows != nullptr) {
      product.strip_size = strip_size(block.span.keys[0].length);
      product.strips = keys.as_rows + table.from / 2 * kStrip;
    }
  });
  multiply_here(products, result(out + table.first * dim, table.count, dim, dim), add);
}

// sums [dim, keys], as columns: sums_j += sum over i of shares[i, j] rows_i, for a table of all
// rows. The shares are read along their rows.
template <class T>
void onto_keys(const Block<T>& block, const Table<T>& table, const T* rows, float* sums) {
  const i64 dim = block.attention.dim;
  const i64 stride = table_stride(block.attention.keys);
  block.each_range(table.from, table.to, [&](i64 column, const KeyRange& range) {
    const Product product = {matrix(rows, 1, dim), table.shares_from(column), block.rows()};
    multiply_here({&product, 1}, result(sums + range.begin, dim, range.length, stride), true);
  });
}

}  // namespace fettle::tensor::cpu
