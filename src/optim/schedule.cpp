#include "optim/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/nearest.h"

namespace fettle::optim {
namespace {

constexpr double constant(double) { return 1.0; }

constexpr std::array<ScheduleRow, 4> kSchedules = {{
    {"linear", [](double progress) { return 1.0 - progress; }, "falls in a straight line to 0"},
    {"cosine", [](double progress) { return 0.5 * (1.0 + std::cos(std::numbers::pi * progress)); },
     "falls along half a cosine to 0"},
    {"constant", constant, "stays at its peak (warm-up counts here too)"},
    {"constant_with_warmup", constant, "rises, then stays at its peak"},
}};

}  // namespace

std::span<const ScheduleRow> schedules() { return kSchedules; }

std::int64_t warmup_steps(const OptimConfig& config, std::int64_t total_steps) {
  if (config.warmup_steps > 0) return config.warmup_steps;
  return static_cast<std::int64_t>(
      std::ceil(config.warmup_ratio * static_cast<double>(total_steps)));
}

double learning_rate(const OptimConfig& config, std::int64_t step, std::int64_t total_steps) {
  const ScheduleRow& row = row_named(kSchedules, "lr_scheduler_type", config.lr_scheduler_type);
  const std::int64_t warmup = warmup_steps(config, total_steps);
  if (step < warmup) {
    return config.learning_rate * static_cast<double>(step) / static_cast<double>(warmup);
  }
  const std::int64_t left = std::max<std::int64_t>(1, total_steps - warmup);
  const double progress =
      std::min(1.0, static_cast<double>(step - warmup) / static_cast<double>(left));
  return config.learning_rate * row.factor(progress);
}

}  // namespace fettle::optim
