// What a training run will take, worked out before its model is loaded.
#pragma once

#include <vector>

#include "app/assemble.h"
#include "app/verb.h"
#include "batch/example.h"
#include "data/dataset.h"
#include "recipe/recipe.h"
#include "train/plan.h"

namespace fettle::app {

struct RunPlan {
  train::Plan plan;
  std::int64_t examples = 0;
  std::int64_t tokens_per_epoch = 0;  // without sharing
  double computed_tokens_per_step = 0;
  std::uint64_t limit_bytes = 0;  // that the process may take; 0: not known

  [[nodiscard]] bool fits() const { return limit_bytes == 0 || plan.memory_bytes() <= limit_bytes; }
};

// Also chooses how many layers are computed again (train.gradient_checkpointing).
[[nodiscard]] RunPlan plan_run(const recipe::Recipe& recipe,
                               const std::vector<batch::Example>& examples, const Compute& compute);

// Throws UsageError, with settings that would do, for a run that does not fit.
void check_fits(const RunPlan& plan, const recipe::Recipe& recipe,
                const std::vector<batch::Example>& examples, const Compute& compute);

// The memory that a run takes, in a line.
[[nodiscard]] std::string memory_text(const train::Plan& plan);

// --plan: everything, with the time.
void print_plan(const recipe::Recipe& recipe, const std::vector<batch::Example>& examples,
                const data::LoadReport& data, const Common& common);

}  // namespace fettle::app
