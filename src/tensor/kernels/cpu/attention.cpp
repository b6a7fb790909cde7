#include "tensor/kernels/cpu/attention.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "tensor/kernels/cpu/kernels.h"

namespace fettle::tensor::cpu {
namespace {

using i64 = std::int64_t;

// Queries whose scores are held at once.
constexpr i64 kBlock = 96;

// Some queries of a span for one head, and the keys that the last of them sees.
struct Block {
  const Attention& attention;
  const AttentionSpan& span;
  i64 head;
  i64 first;  // within the span
  i64 count;
  i64 keys;

  [[nodiscard]] i64 query() const { return span.query_begin + first; }
  // Where its queries begin in a [queries, heads, dim] array.
  [[nodiscard]] i64 offset() const { return (query() * attention.heads + head) * attention.dim; }
  [[nodiscard]] i64 query_stride() const { return attention.heads * attention.dim; }
  [[nodiscard]] i64 key_stride() const { return attention.kv_heads * attention.dim; }
  [[nodiscard]] i64 key_offset(i64 key) const {
    const i64 kv_head = head / (attention.heads / attention.kv_heads);
    return (key * attention.kv_heads + kv_head) * attention.dim;
  }
  // How many keys its query i sees.
  [[nodiscard]] i64 visible(i64 i) const { return keys - (count - 1 - i); }

  // body(column, range) over the parts of the ranges that the block sees.
  template <class Body>
  void each_range(const Body& body) const {
    i64 column = 0;
    for (const KeyRange& range : span.keys) {
      const i64 length = std::min(range.length, keys - column);
      body(column, KeyRange{range.begin, length});
      column += length;
    }
  }
};

Block block_of(const Attention& attention, const AttentionSpan& span, i64 head, i64 first) {
  const i64 count = std::min(kBlock, span.queries - first);
  i64 keys = 0;
  for (const KeyRange& range : span.keys) keys += range.length;
  return {attention, span, head, first, count, keys - (span.queries - first - count)};
}

float* workspace(std::vector<float>& held, i64 size) {
  if (held.size() < static_cast<std::size_t>(size)) held.resize(static_cast<std::size_t>(size));
  return held.data();
}

// table[i, j] = scale * <rows_i, keys_j>: the scores from queries and keys, or the gradient of the
// shares from that of the result and the values.
void against_keys(const Block& block, const float* rows, const float* keys, float scale,
                  float* table) {
  block.each_range([&](i64 column, const KeyRange& range) {
    const Product product = {{rows + block.offset(), block.query_stride(), 1},
                             {keys + block.key_offset(range.begin), 1, block.key_stride()},
                             block.attention.dim,
                             scale};
    multiply_here({&product, 1}, {table + column, block.count, range.length, block.keys}, false);
  });
}

// out_i = scale * sum over j of table[i, j] keys_j, in the place of the block's queries.
void over_keys(const Block& block, const float* table, const float* keys, float scale, float* out) {
  thread_local std::vector<Product> products;
  products.clear();
  block.each_range([&](i64 column, const KeyRange& range) {
    products.push_back({{table + column, block.keys, 1},
                        {keys + block.key_offset(range.begin), block.key_stride(), 1},
                        range.length,
                        scale});
  });
  multiply_here(products,
                {out + block.offset(), block.count, block.attention.dim, block.query_stride()},
                false);
}

// sums_j += scale * sum over i of table[i, j] rows_i; sums: [keys, dim].
void onto_keys(const Block& block, const float* table, const float* rows, float scale,
               float* sums) {
  const i64 dim = block.attention.dim;
  block.each_range([&](i64 column, const KeyRange& range) {
    const Product product = {{table + column, 1, block.keys},
                             {rows + block.offset(), block.query_stride(), 1},
                             block.count,
                             scale};
    multiply_here({&product, 1}, {sums + range.begin * dim, range.length, dim, dim}, true);
  });
}

void forward_block(const Block& block, float* out, float* log_sums) {
  thread_local std::vector<float> held;
  float* const scores = workspace(held, block.count * block.keys);
  const RowKernels& rows = kernels().rows();
  against_keys(block, block.attention.query, block.attention.key, block.attention.scale, scores);
  for (i64 i = 0; i < block.count; ++i) {
    float* const row = scores + i * block.keys;
    log_sums[block.head * block.attention.queries + block.query() + i] =
        rows.softmax(row, block.visible(i));
    std::fill(row + block.visible(i), row + block.keys, 0.0F);
  }
  over_keys(block, scores, block.attention.value, 1.0F, out);
}

// key_sums, value_sums: [keys, dim] of the block's head.
void backward_block(const Block& block, const AttentionGradients& gradients, float* key_sums,
                    float* value_sums) {
  thread_local std::vector<float> held;
  const i64 size = block.count * block.keys;
  float* const shares = workspace(held, 2 * size);
  float* const changes = shares + size;
  const Attention& attention = block.attention;
  const RowKernels& rows = kernels().rows();
  against_keys(block, attention.query, attention.key, attention.scale, shares);
  against_keys(block, gradients.out_gradient, attention.value, 1.0F, changes);
  for (i64 i = 0; i < block.count; ++i) {
    const i64 at = block.offset() + i * block.query_stride();
    const i64 visible = block.visible(i);
    float* const share = shares + i * block.keys;
    float* const change = changes + i * block.keys;
    rows.exp_shifted(share, visible,
                     gradients.log_sums[block.head * attention.queries + block.query() + i]);
    const float dot = rows.dot(gradients.out + at, gradients.out_gradient + at, attention.dim);
    rows.softmax_backward(change, share, visible, dot);
    std::fill(share + visible, share + block.keys, 0.0F);
    std::fill(change + visible, change + block.keys, 0.0F);
  }
  over_keys(block, changes, attention.key, attention.scale, gradients.query);
  onto_keys(block, changes, attention.query, attention.scale, key_sums);
  onto_keys(block, shares, gradients.out_gradient, 1.0F, value_sums);
}

// The sums of each key head's query heads, from [heads, keys, dim] to [keys, kv_heads, dim].
void gather_heads(const Attention& attention, const float* sums, float* out) {
  const i64 group = attention.heads / attention.kv_heads;
  const RowKernels& rows = kernels().rows();
  at::parallel_for(0, attention.keys, 64, [&](i64 begin, i64 end) {
    for (i64 key = begin; key < end; ++key) {
      for (i64 head = 0; head < attention.heads; ++head) {
        float* const to = out + (key * attention.kv_heads + head / group) * attention.dim;
        const float* const from = sums + (head * attention.keys + key) * attention.dim;
        if (head % group == 0) {
          std::copy_n(from, attention.dim, to);
        } else {
          rows.add(to, from, attention.dim);
        }
      }
    }
  });
}

}  // namespace

void attend(const Attention& attention, float* out, float* log_sums) {
  std::vector<Block> blocks;
  for (const AttentionSpan& span : attention.spans) {
    for (i64 first = 0; first < span.queries; first += kBlock) {
      for (i64 head = 0; head < attention.heads; ++head) {
        blocks.push_back(block_of(attention, span, head, first));
      }
    }
  }
  // Late blocks of a long span see more keys: every thread takes early and late ones.
  const i64 threads = std::max<i64>(1, std::min<i64>(at::get_num_threads(), std::ssize(blocks)));
  at::parallel_for(0, threads, 1, [&](i64 begin, i64 end) {
    for (i64 thread = begin; thread < end; ++thread) {
      for (std::size_t i = static_cast<std::size_t>(thread); i < blocks.size();
           i += static_cast<std::size_t>(threads)) {
        forward_block(blocks[i], out, log_sums);
      }
    }
  });
}

void attend_backward(const Attention& attention, const AttentionGradients& gradients) {
  const i64 size = attention.heads * attention.keys * attention.dim;
  thread_local std::vector<float> held;
  float* const key_sums = workspace(held, 2 * size);
  float* const value_sums = key_sums + size;
  at::parallel_for(0, attention.heads, 1, [&](i64 begin, i64 end) {
    for (i64 head = begin; head < end; ++head) {
      const i64 own = head * attention.keys * attention.dim;
      std::fill_n(key_sums + own, attention.keys * attention.dim, 0.0F);
      std::fill_n(value_sums + own, attention.keys * attention.dim, 0.0F);
      for (const AttentionSpan& span : attention.spans) {
        for (i64 first = 0; first < span.queries; first += kBlock) {
          backward_block(block_of(attention, span, head, first), gradients, key_sums + own,
                         value_sums + own);
        }
      }
    }
  });
  gather_heads(attention, key_sums, gradients.key);
  gather_heads(attention, value_sums, gradients.value);
}

}  // namespace fettle::tensor::cpu
