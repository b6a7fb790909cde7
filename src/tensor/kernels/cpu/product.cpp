#include "tensor/kernels/cpu/product.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "base/error.h"
#include "tensor/kernels/cpu/kernels.h"
#include "tensor/kernels/cpu/lines.h"

namespace fettle::tensor::cpu {
namespace {

// Whole strips of every kernel.
constexpr std::int64_t kStrip = 32;
// Rows of a thread's share are whole tiles of every kernel.
constexpr std::int64_t kTile = 12;
// Fewer multiplications are not worth a second thread; to read a number from memory takes as long
// as about so many.
constexpr std::int64_t kLeastWork = 1 << 18;
constexpr std::int64_t kReading = 16;

// A thread's own.
Workspace workspace() {
  thread_local Lines<float> left, strips, sums;
  return {left.at(kBlockRows * kPartDepth + kPanelSlack), strips.at(kPartColumns * kPartDepth),
          sums.at(kPartRows * kPartColumns)};
}

void run(const Kernels& row, Part part) {
  part.space = workspace();
  row.multiply(part);
}

std::int64_t shares(std::int64_t size, std::int64_t unit) { return (size + unit - 1) / unit; }

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
  // Each thread brings all of one side into order and its share of the other: the larger is shared.
  const std::int64_t enough = 2 * at::get_num_threads();
  const bool by_columns = result.columns >= result.rows ? strips >= enough || strips >= tiles
                                                        : strips >= enough && tiles < enough;
  if (by_columns) {
    at::parallel_for(0, strips, 1, [&](std::int64_t begin, std::int64_t end) {
      Part part = whole;
      part.columns_begin = begin * kStrip;
      part.columns_end = std::min(end * kStrip, result.columns);
      run(row, part);
    });
  } else {
    at::parallel_for(0, tiles, 1, [&](std::int64_t begin, std::int64_t end) {
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
