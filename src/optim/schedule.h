// Learning-rate schedules as factors of the peak: transformers' optimization.py.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "optim/config.h"

namespace fettle::optim {

struct ScheduleRow {
  std::string_view name;
  // progress: share of the steps after warm-up that are done, in [0, 1].
  double (*factor)(double progress);
  std::string_view help;
};

[[nodiscard]] std::span<const ScheduleRow> schedules();

// Steps over which the rate rises: warmup_steps, else warmup_ratio of all steps, rounded up.
[[nodiscard]] std::int64_t warmup_steps(const OptimConfig& config, std::int64_t total_steps);

// The learning rate of the optimizer step with 0-based index `step` of `total_steps`.
[[nodiscard]] double learning_rate(const OptimConfig& config, std::int64_t step,
                                   std::int64_t total_steps);

}  // namespace fettle::optim
