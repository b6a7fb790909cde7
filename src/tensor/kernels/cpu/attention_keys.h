// Keys and values in the order that products read, brought once for all blocks of a long span. For
// attention.cpp.
#pragma once

#include <vector>

#include "tensor/kernels/cpu/attention.h"
#include "tensor/kernels/cpu/kernels.h"
#include "tensor/kernels/cpu/lines.h"
#include "tensor/kernels/cpu/share_out.h"

namespace fettle::tensor::cpu {

// Keys or values: [keys, kv_heads, dim] where they lie, and those of one span and head as strips,
// or null.
template <class T>
struct Keys {
  const T* all = nullptr;
  const float* as_columns = nullptr;  // of [dim, keys]: to be met by rows
  const float* as_rows = nullptr;     // of [keys, dim]: to be summed
};

template <class T>
class KeyStrips {
 public:
  // Brings what the pass reads: backward, the keys are summed too, and the values met by rows.
  KeyStrips(const Attention<T>& attention, bool backward)
      : attention_(attention), kinds_(backward ? 4 : 2) {
    std::int64_t size = 0;
    for (const AttentionSpan& span : attention.spans) {
      begins_.push_back(is_long(span) ? size : kNone);
      if (is_long(span)) size += attention.kv_heads * head_size(span);
    }
    thread_local Lines<float> held;
    data_ = held.at(size);
    if (size == 0) return;
    const std::int64_t items = attention.kv_heads * kinds_;
    hand_out(std::ssize(attention.spans) * items, [&](std::int64_t i) {
      const AttentionSpan& span = attention.spans[static_cast<std::size_t>(i / items)];
      if (is_long(span)) bring(span, i % items / kinds_, i % kinds_);
    });
  }

  [[nodiscard]] Keys<T> keys(const AttentionSpan& span, std::int64_t head) const {
    return of(attention_.key, span, head, kKeysAsColumns, kKeysAsRows);
  }
  [[nodiscard]] Keys<T> values(const AttentionSpan& span, std::int64_t head) const {
    return of(attention_.value, span, head, kValuesAsColumns, kValuesAsRows);
  }

 private:
  // The queries of a span from which on each key is read often enough.
  static constexpr std::int64_t kLong = 256;
  static constexpr std::int64_t kNone = -1;
  // In the order in which they stand.
  enum Kind { kKeysAsColumns, kValuesAsRows, kKeysAsRows, kValuesAsColumns };

  static bool is_long(const AttentionSpan& span) {
    return kElementOf<T> == Element::kBfloat16 && kernels().bring != nullptr &&
           span.keys.size() == 1 && span.queries >= kLong;
  }
  static std::int64_t strips(std::int64_t columns) { return (columns + kStrip - 1) / kStrip; }
  [[nodiscard]] std::int64_t columns_size(const AttentionSpan& span) const {
    return strips(span.keys[0].length) * strip_size(attention_.dim);
  }
  [[nodiscard]] std::int64_t rows_size(const AttentionSpan& span) const {
    return strips(attention_.dim) * strip_size(span.keys[0].length);
  }
  [[nodiscard]] std::int64_t head_size(const AttentionSpan& span) const {
    return kinds_ / 2 * (columns_size(span) + rows_size(span));
  }
  // Null where the pass has none.
  [[nodiscard]] float* at(const AttentionSpan& span, std::int64_t head, std::int64_t kind) const {
    const std::int64_t begin = begins_[static_cast<std::size_t>(&span - attention_.spans.data())];
    if (begin == kNone || kind >= kinds_) return nullptr;
    float* const first = data_ + begin + head * head_size(span);
    const std::int64_t columns = kind > kKeysAsColumns ? columns_size(span) : 0;
    return first + columns + std::max<std::int64_t>(0, kind - kValuesAsRows) * rows_size(span);
  }
  [[nodiscard]] Keys<T> of(const T* all, const AttentionSpan& span, std::int64_t head,
                           std::int64_t columns, std::int64_t rows) const {
    return {all, at(span, head, columns), at(span, head, rows)};
  }
  void bring(const AttentionSpan& span, std::int64_t head, std::int64_t kind) const {
    const KeyRange& range = span.keys[0];
    const std::int64_t stride = attention_.kv_heads * attention_.dim;
    const T* const all =
        kind == kKeysAsColumns || kind == kKeysAsRows ? attention_.key : attention_.value;
    const T* const from = all + (range.begin * attention_.kv_heads + head) * attention_.dim;
    if (kind == kKeysAsColumns || kind == kValuesAsColumns) {
      kernels().bring(matrix(from, 1, stride), attention_.dim, range.length, at(span, head, kind));
    } else {
      kernels().bring(matrix(from, stride, 1), range.length, attention_.dim, at(span, head, kind));
    }
  }

  const Attention<T>& attention_;
  std::int64_t kinds_;
  std::vector<std::int64_t> begins_;  // of each span's strips in data_
  float* data_;
};

}  // namespace fettle::tensor::cpu
