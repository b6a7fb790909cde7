#include "tensor/kernels/cpu/product.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "base/error.h"
#include "tensor/kernels/cpu/kernels.h"
#include "tensor/kernels/cpu/lines.h"
#include "tensor/kernels/cpu/share_out.h"

namespace fettle::tensor::cpu {
namespace {

// Rows of a thread's share are whole tiles of every kernel.
constexpr std::int64_t kTile = 12;
// Fewer multiplications are not worth a second thread; to read a number from memory takes as long
// as about so many.
constexpr std::int64_t kLeastWork = 1 << 18;
constexpr std::int64_t kReading = 16;

// Rows of a part that a thread takes at once where strips are kept; what one thread has too many of
// is taken by others, unless it is so few.
constexpr std::int64_t kRowsAtOnce = 32;
constexpr std::int64_t kFewBlocks = 3;
// Strips of a range are worth a thread of their own from so many on.
constexpr std::int64_t kRangeStrips = 3;

// A thread's own.
Workspace workspace() {
  thread_local Lines<float> left, strips, sums;
  thread_local Brought brought;
  return {left.at(kBlockRows * kPartDepth + kPanelSlack), strips.at(kPartColumns * kPartDepth),
          sums.at(kPartRows * kPartColumns), &brought};
}

void run(const Kernels& row, Part part) {
  part.space = workspace();
  row.multiply(part);
}

std::int64_t shares(std::int64_t size, std::int64_t unit) { return (size + unit - 1) / unit; }

// A range of the columns, whose strips fit a thread, and the next of its rows.
struct Range {
  std::int64_t begin = 0, end = 0;
  std::atomic<std::int64_t> next = 0;
};

std::int64_t range_count(const Part& whole) {
  std::int64_t depth = 0;
  bool in_place = true;
  for (std::int64_t i = 0; i < whole.count; ++i) {
    depth += shares(whole.products[i].depth, kStrip) * kStrip;  // padded as tiles are
    const Matrix& a = whole.products[i].a;
    in_place = in_place && a.element == Element::kBfloat16 && a.column_stride == 1;
  }
  const std::int64_t strips = shares(whole.result.columns, kStrip);
  const std::int64_t fitting = std::clamp<std::int64_t>(
      kPartColumns * kPartDepth / (depth / 2 * kStrip), 1, kPartColumns / kStrip);
  const std::int64_t wanted =
      in_place || whole.result.columns >= whole.result.rows
          ? std::min<std::int64_t>(at::get_num_threads(), shares(strips, kRangeStrips))
          : 1;
  return std::max(wanted, shares(strips, fitting));
}

// Each thread takes blocks of rows of a range of its own, then of others': none waits for long.
void multiply_ranges(const Kernels& row, Part whole) {
  static std::atomic<std::int64_t> calls = 0;
  whole.call = ++calls;
  const std::int64_t strips = shares(whole.result.columns, kStrip);
  const std::int64_t blocks = shares(whole.result.rows, kRowsAtOnce);
  std::vector<Range> ranges(static_cast<std::size_t>(range_count(whole)));
  const std::int64_t count = std::ssize(ranges);
  for (std::int64_t i = 0; i < count; ++i) {
    Range& range = ranges[static_cast<std::size_t>(i)];
    range.begin = i * strips / count * kStrip;
    range.end = std::min((i + 1) * strips / count * kStrip, whole.result.columns);
  }
  at::parallel_for(0, at::get_num_threads(), 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t visit = first * count; visit < last * count; ++visit) {
      // The own first, then those that follow it.
      Range& range = ranges[static_cast<std::size_t>((visit / count + visit % count) % count)];
      if (visit % count != 0 && range.next > blocks - kFewBlocks) continue;
      Part part = whole;
      part.columns_begin = range.begin;
      part.columns_end = range.end;
      for (std::int64_t i = range.next++; i < blocks; i = range.next++) {
        part.rows_begin = i * kRowsAtOnce;
        part.rows_end = std::min(part.rows_begin + kRowsAtOnce, whole.result.rows);
        run(row, part);
      }
    }
  });
}

}  // namespace

void multiply(std::span<const Product> products, const Result& result, bool accumulate) {
  const Kernels& row = kernels();
  if (row.multiply == nullptr) throw InternalError("a product without a kernel");
  if (result.rows == 0 || result.columns == 0) return;
  std::int64_t work = 0;
  for (const Product& product : products) {
    work += product.depth * (result.rows + kReading) * result.columns;
  }
  const Part whole = {products.data(), std::ssize(products), result, 0, result.rows, 0,
                      result.columns,  accumulate,           {}};
  const std::int64_t strips = shares(result.columns, kStrip);
  const std::int64_t tiles = shares(result.rows, kTile);
  if (work < kLeastWork) return run(row, whole);
  if (result.rows >= 4 * kRowsAtOnce && row.keeps_strips != nullptr && row.keeps_strips(whole)) {
    return multiply_ranges(row, whole);
  }
  // Each thread brings all of one side into order and its share of the other: the larger is shared.
  const std::int64_t enough = 2 * at::get_num_threads();
  const bool by_columns = result.columns >= result.rows ? strips >= enough || strips >= tiles
                                                        : strips >= enough && tiles < enough;
  if (by_columns) {
    share_out(strips, 1, [&](std::int64_t begin, std::int64_t end) {
      Part part = whole;
      part.columns_begin = begin * kStrip;
      part.columns_end = std::min(end * kStrip, result.columns);
      run(row, part);
    });
  } else {
    share_out(tiles, 1, [&](std::int64_t begin, std::int64_t end) {
      Part part = whole;
      part.rows_begin = begin * kTile;
      part.rows_end = std::min(end * kTile, result.rows);
      run(row, part);
    });
  }
}

void multiply_here(std::span<const Product> products, const Result& result, bool accumulate) {
  run(kernels(), {products.data(),
                  std::ssize(products),
                  result,
                  0,
                  result.rows,
                  0,
                  result.columns,
                  accumulate,
                  {}});
}

}  // namespace fettle::tensor::cpu
