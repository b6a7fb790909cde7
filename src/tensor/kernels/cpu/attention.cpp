#include "tensor/kernels/cpu/attention.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "tensor/kernels/cpu/attention_block.h"
#include "tensor/kernels/cpu/share_out.h"

namespace fettle::tensor::cpu {
namespace {

// Rows of a forward block, for whom the keys are brought into order once, and the keys that it
// looks at together: their scores stay in the second-level cache.
constexpr i64 kForwardRows = 288;
constexpr i64 kForwardKeys = 1024;
// Of a block whose keys stand in order so many rows at a time: their tables are used while they are
// in the first-level cache, or near it.
constexpr i64 kTableRows = 96;
// Of a backward block the queries, and the keys that it looks at together.
constexpr i64 kBackwardQueries = 64;
constexpr i64 kKeys = 256;
// Blocks whose rows stay in the second-level cache together.
constexpr i64 kTogether = 8;
// The backward pass sums each key head's gradients in so many places at once, whatever the threads.
constexpr i64 kParts = 4;

// What a forward block has made so far of its rows: sums of values by shares, and the shares'
// (online softmax, arXiv 1805.02867).
struct Mixed {
  float* sums;  // [rows, dim]
  std::vector<Shares>& shares;

  // Takes in the shares of further scores: sums that were relative to a smaller score shrink.
  void add(i64 i, const Shares& further, i64 dim, float scale) const {
    Shares& so_far = shares[static_cast<std::size_t>(i)];
    if (so_far.sum > 0 && further.largest > so_far.largest) {
      const float shrink = std::exp((so_far.largest - further.largest) * scale);
      so_far.sum *= shrink;
      for (i64 d = 0; d < dim; ++d) sums[i * dim + d] *= shrink;
    }
    so_far = {further.largest, so_far.sum + further.sum};
  }
};

template <class T>
i64 rows_at_once(const Block<T>& block) {
  return block.key.as_columns == nullptr ? block.rows() : kTableRows;
}

// The keys [table.from, table.to) for the table's rows whose queries see them.
template <class T>
void mix_keys(const Block<T>& block, const T* query, const Table<T>& table, const Mixed& mixed) {
  const TypedRowKernels<T>& kernel = row_kernels<T>();
  const float scale = block.attention.scale;
  against_keys(block, query, block.key, table);
  for (i64 i = table.first; i < table.first + table.count; ++i) {
    const auto [begin, end] = table.seen(block, i);
    if (begin < end) {
      table.hide_before(i, begin);
      const float largest = mixed.shares[static_cast<std::size_t>(i)].largest;
      mixed.add(i, kernel.shares(table.row(i), end, scale, largest), block.attention.dim, scale);
    }
    table.clear_behind(i, end);
  }
  over_keys(block, table, block.value, mixed.sums, table.from > block.begin(kForwardKeys));
}

template <class T>
void forward_block(const Block<T>& block, T* out, float* log_sums) {
  thread_local Lines<float> scores_held, sums_held;
  thread_local Lines<T> query_held;
  thread_local std::vector<Shares> shares;
  const i64 dim = block.attention.dim;
  const i64 rows = block.rows();
  shares.assign(static_cast<std::size_t>(rows), {});
  const Mixed mixed = {sums_held.at(rows * dim), shares};
  T* const query = query_held.at(rows * dim);
  gather(block, block.attention.query, query);
  for (i64 from = block.begin(kForwardKeys); from < block.keys; from += kForwardKeys) {
    const i64 to = std::min(from + kForwardKeys, block.keys);
    const i64 step = rows_at_once(block);
    float* const scores = scores_held.at(step * table_stride(to - from));
    for (i64 first = 0; first < rows; first += step) {
      mix_keys(block, query, {scores, from, to, first, std::min(step, rows - first)}, mixed);
    }
  }
  for (i64 i = 0; i < rows; ++i) {
    const Shares& row = shares[static_cast<std::size_t>(i)];
    const float inverse = 1.0F / row.sum;
    for (i64 d = 0; d < dim; ++d) mixed.sums[i * dim + d] *= inverse;
    log_sums[block.log_sum(i)] = row.largest * block.attention.scale + std::log(row.sum);
  }
  scatter(block, mixed.sums, out);
}

// What a backward block reads and makes, as rows.
template <class T>
struct Gathered {
  T* query;
  T* out_gradient;
  float* dots;        // <result, its gradient> of each row
  float* query_sums;  // the queries' gradient
};

template <class T>
void gather_all(const Block<T>& block, const AttentionGradients<T>& gradients,
                const Gathered<T>& to) {
  const i64 dim = block.attention.dim;
  gather(block, block.attention.query, to.query);
  gather(block, gradients.out_gradient, to.out_gradient);
  for (i64 i = 0; i < block.rows(); ++i) {
    to.dots[i] =
        row_kernels<T>().dot(gradients.out + block.place(i), to.out_gradient + i * dim, dim);
  }
}

// The blocks' rows, one block's after the other's.
template <class T>
std::vector<Gathered<T>> gathered(std::span<const Block<T>> blocks,
                                  const AttentionGradients<T>& gradients) {
  thread_local Lines<T> rows_held;
  thread_local Lines<float> floats_held;
  const i64 dim = blocks[0].attention.dim;
  i64 rows = 0;
  for (const Block<T>& block : blocks) rows += block.rows();
  T* const query = rows_held.at(2 * rows * dim);
  float* const sums = floats_held.at(rows * (dim + 1));
  std::vector<Gathered<T>> out;
  i64 first = 0;
  for (const Block<T>& block : blocks) {
    out.push_back({query + first * dim, query + (rows + first) * dim, sums + rows * dim + first,
                   sums + first * dim});
    gather_all(block, gradients, out.back());
    first += block.rows();
  }
  return out;
}

// The shares in place of their scores, and the scores' gradient in place of the shares'.
template <class T>
void shares_and_changes(const Block<T>& block, const Gathered<T>& rows, const float* log_sums,
                        const Table<T>& shares, const Table<T>& changes) {
  const TypedRowKernels<T>& kernel = row_kernels<T>();
  for (i64 i = shares.first; i < shares.first + shares.count; ++i) {
    const auto [begin, end] = shares.seen(block, i);
    shares.hide_before(i, begin);
    kernel.shares_backward(shares.row(i), changes.row(i), end, block.attention.scale,
                           log_sums[block.log_sum(i)], rows.dots[i]);
    shares.clear_behind(i, end);
    changes.clear_behind(i, end);
  }
}

// Where the gradients of a key head's keys and values are summed: [dim, keys].
struct KeySums {
  float* keys;
  float* values;
};

// The keys [from, to) for a block.
template <class T>
void backward_keys(const Block<T>& block, const Gathered<T>& rows, const float* log_sums, i64 from,
                   i64 to, const KeySums& sums) {
  thread_local Lines<float> table_held;
  const i64 size = block.rows() * table_stride(to - from);
  const Table<T> shares = {table_held.at(2 * size), from, to, 0, block.rows()};
  const Table<T> changes = {shares.data + size, from, to, 0, block.rows()};
  const i64 step = rows_at_once(block);
  for (i64 first = 0; first < block.rows(); first += step) {
    const i64 count = std::min(step, block.rows() - first);
    const Table<T> some = changes.rows(first, count);
    against_keys(block, rows.query, block.key, shares.rows(first, count));
    against_keys(block, rows.out_gradient, block.value, some);
    shares_and_changes(block, rows, log_sums, shares.rows(first, count), some);
    over_keys(block, some, block.key, rows.query_sums, from > block.begin(kKeys));
  }
  onto_keys(block, changes, rows.query, sums.keys);
  onto_keys(block, shares, rows.out_gradient, sums.values);
}

// Blocks of one span. Some keys pass all blocks before the next: their sums stay in the
// second-level cache.
template <class T>
void backward_blocks(std::span<const Block<T>> blocks, const AttentionGradients<T>& gradients,
                     const KeySums& sums) {
  const std::vector<Gathered<T>> rows = gathered(blocks, gradients);
  for (i64 from = blocks.front().begin(kKeys); from < blocks.back().keys; from += kKeys) {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const i64 to = std::min(from + kKeys, blocks[i].keys);
      if (from >= blocks[i].begin(kKeys) && from < to)
        backward_keys(blocks[i], rows[i], gradients.log_sums, from, to, sums);
    }
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    scatter(blocks[i], rows[i].query_sums, gradients.query);
  }
}

// Which of `parts` takes block i. Each block sees more keys than the one before: forth and back, so
// that all parts have as much to do.
i64 part_of(i64 i, i64 parts) {
  const i64 place = i % (2 * parts);
  return place < parts ? place : 2 * parts - 1 - place;
}

// A part's blocks of a key head.
template <class T>
void backward_part(std::span<const Block<T>> blocks, i64 part,
                   const AttentionGradients<T>& gradients, const KeySums& sums) {
  std::vector<Block<T>> together;
  const auto flush = [&] {
    if (!together.empty()) backward_blocks(std::span<const Block<T>>(together), gradients, sums);
    together.clear();
  };
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (part_of(static_cast<i64>(i), kParts) != part) continue;
    if (std::ssize(together) == kTogether ||
        (!together.empty() && &together[0].span != &blocks[i].span)) {
      flush();
    }
    together.push_back(blocks[i]);
  }
  flush();
}

// The sums of a key head's parts, [kParts, dim, keys], for some of the keys as out [keys, kv_heads,
// dim].
template <class T>
void gather_parts_of(const Attention<T>& attention, float* sums, i64 key, i64 count, T* out) {
  thread_local Lines<float> turned_held;
  const RowKernels& rows = kernels().rows();
  const i64 dim = attention.dim;
  const i64 stride = table_stride(attention.keys);
  float* const turned = turned_held.at(count * dim);
  for (i64 d = 0; d < dim; ++d) {
    float* const sum = sums + d * stride + key;
    for (i64 part = 1; part < kParts; ++part) {
      rows.of_floats.add(sum, sum + part * dim * stride, count);
    }
  }
  rows.turn(sums + key, stride, dim, count, turned);
  for (i64 k = 0; k < count; ++k) {
    row_kernels<T>().times(turned + k * dim, dim, 1.0F, out + (key + k) * attention.kv_heads * dim);
  }
}

template <class T>
void gather_parts(const Attention<T>& attention, float* sums, T* out) {
  constexpr i64 kAtOnce = 64;
  const i64 size = kParts * attention.dim * table_stride(attention.keys);
  share_out((attention.keys + kAtOnce - 1) / kAtOnce, 1, [&](i64 begin, i64 end) {
    for (i64 key = begin * kAtOnce; key < std::min(end * kAtOnce, attention.keys); key += kAtOnce) {
      for (i64 head = 0; head < attention.kv_heads; ++head) {
        gather_parts_of(attention, sums + head * size, key, std::min(kAtOnce, attention.keys - key),
                        out + head * attention.dim);
      }
    }
  });
}

}  // namespace

template <class T>
void attend(const Attention<T>& attention, T* out, float* log_sums) {
  const KeyStrips<T> strips(attention, /*backward=*/false);
  std::vector<Block<T>> blocks;
  const i64 queries = std::max<i64>(1, kForwardRows * attention.kv_heads / attention.heads);
  for (i64 head = 0; head < attention.kv_heads; ++head) {
    add_blocks(attention, strips, head, queries, blocks);
  }
  std::vector<const Block<T>*> longest;
  for (const Block<T>& block : blocks) longest.push_back(&block);
  std::ranges::stable_sort(longest, std::ranges::greater(), &Block<T>::work);
  hand_out(std::ssize(longest),
           [&](i64 i) { forward_block(*longest[static_cast<std::size_t>(i)], out, log_sums); });
}

template <class T>
void attend_backward(const Attention<T>& attention, const AttentionGradients<T>& gradients) {
  const i64 part_size = table_stride(attention.keys) * attention.dim;
  const i64 size = attention.kv_heads * kParts * part_size;
  thread_local Lines<float> held;
  float* const key_sums = held.at(2 * size);
  float* const value_sums = key_sums + size;
  const KeyStrips<T> strips(attention, /*backward=*/true);
  hand_out(attention.kv_heads * kParts, [&](i64 item) {
    std::fill_n(key_sums + item * part_size, part_size, 0.0F);
    std::fill_n(value_sums + item * part_size, part_size, 0.0F);
    std::vector<Block<T>> blocks;
    add_blocks(attention, strips, item / kParts, kBackwardQueries, blocks);
    backward_part(std::span<const Block<T>>(blocks), item % kParts, gradients,
                  {key_sums + item * part_size, value_sums + item * part_size});
  });
  gather_parts(attention, key_sums, gradients.key);
  gather_parts(attention, value_sums, gradients.value);
}

template void attend(const Attention<float>&, float*, float*);
template void attend(const Attention<Bfloat16>&, Bfloat16*, float*);
template void attend_backward(const Attention<float>&, const AttentionGradients<float>&);
template void attend_backward(const Attention<Bfloat16>&, const AttentionGradients<Bfloat16>&);

}  // namespace fettle::tensor::cpu
