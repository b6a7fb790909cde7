#include "tensor/kernels/cpu/attention.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "tensor/kernels/cpu/kernels.h"

namespace fettle::tensor::cpu {
namespace {

using i64 = std::int64_t;

// Scores that a forward block holds at once, for the second-level cache, and its queries: of a long
// row more than fit, for the keys are brought into order once a block.
constexpr i64 kScores = 96 * 1024;
constexpr i64 kLeastQueries = 32;
constexpr i64 kMostQueries = 96;
// Of a backward block the queries, and the keys that it looks at together.
constexpr i64 kBackwardQueries = 64;
constexpr i64 kKeys = 256;
// The backward pass sums each key head's gradients in so many places at once, whatever the threads.
constexpr i64 kParts = 4;

template <class T>
struct Held {
  T* at(i64 size) {
    if (values_.size() < static_cast<std::size_t>(size)) {
      values_.resize(static_cast<std::size_t>(size));
    }
    return values_.data();
  }
  std::vector<T> values_;
};

// Some queries of a span for the query heads of one key head, as rows: head by head, query by
// query. Its columns are the keys of the span's ranges, up to the last that one of its queries
// sees.
template <class T>
struct Block {
  const Attention<T>& attention;
  const AttentionSpan& span;
  i64 kv_head;
  i64 first;  // within the span
  i64 count;  // queries
  i64 keys;

  [[nodiscard]] i64 group() const { return attention.heads / attention.kv_heads; }
  [[nodiscard]] i64 rows() const { return group() * count; }
  [[nodiscard]] i64 head(i64 row) const { return kv_head * group() + row / count; }
  [[nodiscard]] i64 query(i64 row) const { return span.query_begin + first + row % count; }
  // Where the row lies in a [queries, heads, dim] array, and its log-sum in [heads, queries].
  [[nodiscard]] i64 place(i64 row) const {
    return (query(row) * attention.heads + head(row)) * attention.dim;
  }
  [[nodiscard]] i64 log_sum(i64 row) const { return head(row) * attention.queries + query(row); }
  [[nodiscard]] i64 key_stride() const { return attention.kv_heads * attention.dim; }
  // The keys or values from `key` on, as [keys, dim].
  [[nodiscard]] Matrix keys_from(const T* all, i64 key) const {
    return matrix(all + (key * attention.kv_heads + kv_head) * attention.dim, key_stride(), 1);
  }
  // How many of the columns the row's query sees.
  [[nodiscard]] i64 visible(i64 row) const { return visible_in(span, first + row % count); }

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

template <class T>
i64 forward_queries(const Attention<T>& attention, const AttentionSpan& span) {
  const i64 seen = Block<T>::visible_in(span, span.queries - 1);
  const i64 group = attention.heads / attention.kv_heads;
  return std::clamp(kScores / (group * seen), kLeastQueries, kMostQueries);
}

// queries_of(span): how many queries a block takes.
template <class T, class Queries>
void add_blocks(const Attention<T>& attention, i64 kv_head, const Queries& queries_of,
                std::vector<Block<T>>& blocks) {
  for (const AttentionSpan& span : attention.spans) {
    const i64 most = queries_of(span);
    for (i64 first = 0; first < span.queries; first += most) {
      const i64 count = std::min(most, span.queries - first);
      blocks.push_back(
          {attention, span, kv_head, first, count, Block<T>::visible_in(span, first + count - 1)});
    }
  }
}

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
    row_kernels<T>().narrow(from + row * dim, dim, to + block.place(row));
  }
}

// table[i, j] = <rows_i, keys_j> for the columns [from, to): scores from queries and keys, or the
// gradient of the shares from that of the result and the values.
template <class T>
void against_keys(const Block<T>& block, const T* rows, const T* keys, i64 from, i64 to,
                  float* table) {
  const i64 dim = block.attention.dim;
  block.each_range(from, to, [&](i64 column, const KeyRange& range) {
    Product product = {matrix(rows, dim), block.keys_from(keys, range.begin), dim};
    std::swap(product.b.row_stride, product.b.column_stride);
    multiply_here({&product, 1}, result(table + column, block.rows(), range.length, to - from),
                  false);
  });
}

// out_i [rows, dim] = or += sum over j of table[i, j] keys_j.
template <class T>
void over_keys(const Block<T>& block, const float* table, const T* keys, i64 from, i64 to,
               float* out) {
  thread_local std::vector<Product> products;
  products.clear();
  block.each_range(from, to, [&](i64 column, const KeyRange& range) {
    products.push_back(
        {matrix(table + column, to - from), block.keys_from(keys, range.begin), range.length});
  });
  multiply_here(products, result(out, block.rows(), block.attention.dim, block.attention.dim),
                /*accumulate=*/from > 0);
}

// sums_j [keys, dim] += sum over i of table[i, j] rows_i.
template <class T>
void onto_keys(const Block<T>& block, const float* table, const T* rows, i64 from, i64 to,
               float* sums) {
  const i64 dim = block.attention.dim;
  block.each_range(from, to, [&](i64 column, const KeyRange& range) {
    const Product product = {matrix(table + column, 1, to - from), matrix(rows, dim), block.rows()};
    multiply_here({&product, 1}, result(sums + range.begin * dim, range.length, dim, dim), true);
  });
}

template <class T>
void forward_block(const Block<T>& block, T* out, float* log_sums) {
  thread_local Held<float> scores_held, out_held;
  thread_local Held<T> query_held;
  const i64 size = block.rows() * block.attention.dim;
  float* const scores = scores_held.at(block.rows() * block.keys);
  T* const query = query_held.at(size);
  gather(block, block.attention.query, query);
  against_keys(block, query, block.attention.key, 0, block.keys, scores);
  for (i64 i = 0; i < block.rows(); ++i) {
    float* const row = scores + i * block.keys;
    const i64 visible = block.visible(i);
    log_sums[block.log_sum(i)] = kernels().rows().softmax(row, visible, block.attention.scale);
    std::fill(row + visible, row + block.keys, 0.0F);
  }
  float* const mixed = out_held.at(size);
  over_keys(block, scores, block.attention.value, 0, block.keys, mixed);
  scatter(block, mixed, out);
}

// What a backward block reads, as rows.
template <class T>
struct Gathered {
  T* query;
  T* out_gradient;
  float* dots;  // <result, its gradient> of each row
};

template <class T>
Gathered<T> gathered(const Block<T>& block, const AttentionGradients<T>& gradients) {
  thread_local Held<T> rows_held;
  thread_local Held<float> dots_held;
  const i64 dim = block.attention.dim;
  const i64 size = block.rows() * dim;
  T* const query = rows_held.at(2 * size);
  const Gathered<T> out = {query, query + size, dots_held.at(block.rows())};
  gather(block, block.attention.query, out.query);
  gather(block, gradients.out_gradient, out.out_gradient);
  for (i64 i = 0; i < block.rows(); ++i) {
    out.dots[i] =
        row_kernels<T>().dot(gradients.out + block.place(i), out.out_gradient + i * dim, dim);
  }
  return out;
}

// The shares of the columns [from, to) in place of their scores, and the scores' gradient in place
// of the shares'.
template <class T>
void shares_and_changes(const Block<T>& block, const Gathered<T>& rows, const float* log_sums,
                        i64 from, i64 to, float* shares, float* changes) {
  const RowKernels& kernel = kernels().rows();
  const float scale = block.attention.scale;
  for (i64 i = 0; i < block.rows(); ++i) {
    float* const share = shares + i * (to - from);
    float* const change = changes + i * (to - from);
    const i64 visible = std::clamp<i64>(block.visible(i) - from, 0, to - from);
    kernel.exp_shifted(share, visible, scale, log_sums[block.log_sum(i)]);
    kernel.softmax_backward(change, share, visible, rows.dots[i], scale);
    std::fill(share + visible, share + (to - from), 0.0F);
    std::fill(change + visible, change + (to - from), 0.0F);
  }
}

// key_sums, value_sums: [keys, dim], this block's part of its key head's.
template <class T>
void backward_block(const Block<T>& block, const AttentionGradients<T>& gradients, float* key_sums,
                    float* value_sums) {
  thread_local Held<float> table_held, query_held;
  const Gathered<T> rows = gathered(block, gradients);
  const Attention<T>& attention = block.attention;
  float* const query_sums = query_held.at(block.rows() * attention.dim);
  for (i64 from = 0; from < block.keys; from += kKeys) {
    const i64 to = std::min(from + kKeys, block.keys);
    const i64 size = block.rows() * (to - from);
    float* const shares = table_held.at(2 * size);
    float* const changes = shares + size;
    against_keys(block, rows.query, attention.key, from, to, shares);
    against_keys(block, rows.out_gradient, attention.value, from, to, changes);
    shares_and_changes(block, rows, gradients.log_sums, from, to, shares, changes);
    over_keys(block, changes, attention.key, from, to, query_sums);
    onto_keys(block, changes, rows.query, from, to, key_sums);
    onto_keys(block, shares, rows.out_gradient, from, to, value_sums);
  }
  scatter(block, query_sums, gradients.query);
}

// The sums of the parts, [kv_heads, kParts, keys, dim], as [keys, kv_heads, dim].
template <class T>
void gather_parts(const Attention<T>& attention, float* sums, T* out) {
  const RowKernels& rows = kernels().rows();
  const i64 dim = attention.dim;
  at::parallel_for(0, attention.keys, 64, [&](i64 begin, i64 end) {
    for (i64 row = begin * attention.kv_heads; row < end * attention.kv_heads; ++row) {
      const i64 key = row / attention.kv_heads;
      const i64 head = row % attention.kv_heads;
      float* const sum = sums + (head * kParts * attention.keys + key) * dim;
      for (i64 part = 1; part < kParts; ++part) {
        rows.of_floats.add(sum, sum + part * attention.keys * dim, dim);
      }
      row_kernels<T>().narrow(sum, dim, out + row * dim);
    }
  });
}

// Which of `parts` takes block i. Each block sees more keys than the one before: forth and back, so
// that all parts have as much to do.
i64 part_of(i64 i, i64 parts) {
  const i64 place = i % (2 * parts);
  return place < parts ? place : 2 * parts - 1 - place;
}

}  // namespace

template <class T>
void attend(const Attention<T>& attention, T* out, float* log_sums) {
  std::vector<Block<T>> blocks;
  for (i64 head = 0; head < attention.kv_heads; ++head) {
    add_blocks(
        attention, head, [&](const auto& span) { return forward_queries(attention, span); },
        blocks);
  }
  const i64 threads = std::max<i64>(1, std::min<i64>(at::get_num_threads(), std::ssize(blocks)));
  at::parallel_for(0, threads, 1, [&](i64 begin, i64 end) {
    for (i64 thread = begin; thread < end; ++thread) {
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        if (part_of(static_cast<i64>(i), threads) == thread) {
          forward_block(blocks[i], out, log_sums);
        }
      }
    }
  });
}

template <class T>
void attend_backward(const Attention<T>& attention, const AttentionGradients<T>& gradients) {
  const i64 part_size = attention.keys * attention.dim;
  const i64 size = attention.kv_heads * kParts * part_size;
  thread_local Held<float> held;
  float* const key_sums = held.at(2 * size);
  float* const value_sums = key_sums + size;
  at::parallel_for(0, attention.kv_heads * kParts, 1, [&](i64 begin, i64 end) {
    for (i64 item = begin; item < end; ++item) {
      std::fill_n(key_sums + item * part_size, part_size, 0.0F);
      std::fill_n(value_sums + item * part_size, part_size, 0.0F);
      std::vector<Block<T>> blocks;
      add_blocks(
          attention, item / kParts, [](const auto&) { return kBackwardQueries; }, blocks);
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        if (part_of(static_cast<i64>(i), kParts) == item % kParts) {
          backward_block(blocks[i], gradients, key_sums + item * part_size,
                         value_sums + item * part_size);
        }
      }
    }
  });
  gather_parts(attention, key_sums, gradients.key);
  gather_parts(attention, value_sums, gradients.value);
}

template void attend(const Attention<float>&, float*, float*);
template void attend(const Attention<Bfloat16>&, Bfloat16*, float*);
template void attend_backward(const Attention<float>&, const AttentionGradients<float>&);
template void attend_backward(const Attention<Bfloat16>&, const AttentionGradients<Bfloat16>&);

}  // namespace fettle::tensor::cpu
