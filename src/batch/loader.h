// Which rows an optimizer step trains on: a function of (seed, step), so that any step is reached
// without those before it and a run's state is one number.
#pragma once

#include <cstdint>
#include <vector>

namespace fettle::batch {

// One process of a distributed run.
struct RankInfo {
  std::int64_t world = 1;
  std::int64_t rank = 0;
};

struct LoaderOptions {
  std::int64_t per_device_train_batch_size = 8;
  std::int64_t gradient_accumulation_steps = 1;
  double num_train_epochs = 3;
  std::int64_t max_steps = 0;  // over 0: wins over num_train_epochs
  std::uint64_t seed = 0;
  bool shuffle = true;  // false: the rows' own order in each epoch
  RankInfo ranks = {};
};

class Loader {
 public:
  // rows: examples of the training set. Throws UsageError for options out of range and DataError
  // when there are no rows.
  Loader(std::int64_t rows, const LoaderOptions& options);

  // Batch size * accumulation steps * world.
  [[nodiscard]] std::int64_t rows_per_step() const { return rows_per_step_; }
  // An epoch's last step takes the rows that are left; none is dropped, none crosses the border.
  [[nodiscard]] std::int64_t steps_per_epoch() const { return steps_per_epoch_; }
  [[nodiscard]] std::int64_t total_steps() const { return total_steps_; }
  // Epochs done before `step`: 1.5 is the middle of the second.
  [[nodiscard]] double epoch_at(std::int64_t step) const;

  // The examples of optimizer step `step` (from 0), over all ranks. Throws InternalError outside
  // [0, total_steps()).
  [[nodiscard]] std::vector<std::int64_t> step_rows(std::int64_t step) const;

  // The same rows cut into micro-batches of per_device_train_batch_size rows, those of this rank.
  [[nodiscard]] std::vector<std::vector<std::int64_t>> micro_batches(std::int64_t step) const;

 private:
  std::int64_t rows_;
  LoaderOptions options_;
  std::int64_t rows_per_step_;
  std::int64_t steps_per_epoch_;
  std::int64_t total_steps_;
};

// The micro-batches of a step that a rank computes: every world-th. A rank may get one fewer than
// another, or none.
[[nodiscard]] std::vector<std::vector<std::int64_t>> rank_share(
    const std::vector<std::vector<std::int64_t>>& micro_batches, const RankInfo& ranks);

}  // namespace fettle::batch
