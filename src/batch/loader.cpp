#include "batch/loader.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace fettle::batch {
namespace {

constexpr std::int64_t kMostSteps = std::int64_t{1} << 40;

void check_count(std::string_view key, std::int64_t value) {
  constexpr std::int64_t kMost = 1 << 20;
  if (value < 1 || value > kMost) {
    throw UsageError("{}: {} is out of range; allowed are 1 to {}", key, value, kMost);
  }
}

void check_options(const LoaderOptions& options) {
  check_count("per_device_train_batch_size", options.per_device_train_batch_size);
  check_count("gradient_accumulation_steps", options.gradient_accumulation_steps);
  check_count("world size", options.ranks.world);
  if (options.ranks.rank < 0 || options.ranks.rank >= options.ranks.world) {
    throw UsageError("rank: {} is out of range; allowed are 0 to {}", options.ranks.rank,
                     options.ranks.world - 1);
  }
  if (options.max_steps > kMostSteps) {
    throw UsageError("max_steps: {} is out of range; allowed are up to {}", options.max_steps,
                     kMostSteps);
  }
  const double epochs = options.num_train_epochs;
  if (options.max_steps <= 0 && !(epochs > 0 && epochs <= 1e6)) {
    throw UsageError("num_train_epochs: {} is out of range; allowed are over 0 to 1000000", epochs);
  }
}

}  // namespace

Loader::Loader(std::int64_t rows, const LoaderOptions& options) : rows_(rows), options_(options) {
  check_options(options);
  if (rows < 1) {
    throw DataError("the training set has no rows; see the report of refused and dropped rows");
  }
  rows_per_step_ = options.per_device_train_batch_size * options.gradient_accumulation_steps *
                   options.ranks.world;
  steps_per_epoch_ = (rows - 1) / rows_per_step_ + 1;
  if (options.max_steps > 0) {
    total_steps_ = options.max_steps;
  } else {
    // The small number takes back what rounding adds to products such as 1.1 * 10.
    const double steps = options.num_train_epochs * static_cast<double>(steps_per_epoch_);
    total_steps_ = std::max(std::int64_t{1}, static_cast<std::int64_t>(std::ceil(steps - 1e-6)));
  }
}

double Loader::epoch_at(std::int64_t step) const {
  const std::int64_t whole = step / steps_per_epoch_;
  const std::int64_t done = std::min(rows_, step % steps_per_epoch_ * rows_per_step_);
  return static_cast<double>(whole) + static_cast<double>(done) / static_cast<double>(rows_);
}

std::vector<std::int64_t> Loader::step_rows(std::int64_t step) const {
  if (step < 0 || step >= total_steps_) {
    throw InternalError("step {} is outside of the run; allowed are 0 to {}", step,
                        total_steps_ - 1);
  }
  const std::int64_t epoch = step / steps_per_epoch_;
  const std::int64_t first = step % steps_per_epoch_ * rows_per_step_;
  const std::int64_t last = std::min(rows_, first + rows_per_step_);
  const Permutation order(static_cast<std::uint64_t>(rows_), options_.seed,
                          text("epoch-{}", epoch));
  std::vector<std::int64_t> rows;
  rows.reserve(static_cast<std::size_t>(last - first));
  for (std::int64_t i = first; i < last; ++i) {
    rows.push_back(
        options_.shuffle ? static_cast<std::int64_t>(order(static_cast<std::uint64_t>(i))) : i);
  }
  return rows;
}

std::vector<std::vector<std::int64_t>> Loader::micro_batches(std::int64_t step) const {
  const std::vector<std::int64_t> rows = step_rows(step);
  std::vector<std::vector<std::int64_t>> batches;
  const auto size = static_cast<std::size_t>(options_.per_device_train_batch_size);
  for (std::size_t first = 0; first < rows.size(); first += size) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(first);
    batches.emplace_back(begin,
                         begin + static_cast<std::ptrdiff_t>(std::min(size, rows.size() - first)));
  }
  return rank_share(batches, options_.ranks);
}

std::vector<std::vector<std::int64_t>> rank_share(
    const std::vector<std::vector<std::int64_t>>& micro_batches, const RankInfo& ranks) {
  std::vector<std::vector<std::int64_t>> own;
  for (auto i = static_cast<std::size_t>(ranks.rank); i < micro_batches.size();
       i += static_cast<std::size_t>(ranks.world)) {
    own.push_back(micro_batches[i]);
  }
  return own;
}

}  // namespace fettle::batch
