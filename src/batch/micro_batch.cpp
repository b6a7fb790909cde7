#include "batch/micro_batch.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace fettle::batch {
namespace {

// The most rows, at least one, from the start of `rows` whose pack stays within max_tokens:
// doubling and then halving, so that a pack of k rows costs O(log k) plans.
std::size_t rows_that_fit(std::span<const Example* const> rows, const MicroBatchOptions& options) {
  const auto fits = [&](std::size_t count) {
    return packed_tokens(rows.first(count), options.pack) <= options.max_tokens;
  };
  std::size_t good = 1;
  std::size_t bad = rows.size() + 1;
  while (good + 1 < bad) {
    const std::size_t tried =
        bad == rows.size() + 1 ? std::min(2 * good, rows.size()) : good + (bad - good) / 2;
    (fits(tried) ? good : bad) = tried;
  }
  return good;
}

}  // namespace

std::vector<std::vector<std::int64_t>> plan_micro_batches(std::span<const Example* const> rows,
                                                          const MicroBatchOptions& options) {
  if (options.rows < 1 || options.max_tokens < 0) {
    throw UsageError(
        "a micro-batch of {} rows and {} tokens is impossible; allowed are 1 row or more and 0 "
        "tokens (no limit) or more",
        options.rows, options.max_tokens);
  }
  std::vector<std::int64_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  const auto row = [&](std::int64_t i) { return rows[static_cast<std::size_t>(i)]; };
  if (options.max_tokens > 0 && options.pack.share_prefix) {
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int64_t a, std::int64_t b) { return row(a)->ids < row(b)->ids; });
  }
  std::vector<const Example*> ordered;
  for (const std::int64_t i : order) ordered.push_back(row(i));
  std::vector<std::vector<std::int64_t>> packs;
  for (std::size_t first = 0; first < order.size();) {
    const std::span<const Example* const> rest = std::span(ordered).subspan(first);
    const std::size_t count = options.max_tokens > 0
                                  ? rows_that_fit(rest, options)
                                  : std::min(static_cast<std::size_t>(options.rows), rest.size());
    const auto begin = order.begin() + static_cast<std::ptrdiff_t>(first);
    packs.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(count));
    first += count;
  }
  return packs;
}

}  // namespace fettle::batch
