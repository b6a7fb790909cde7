// What a run forgot: tasks of a general kind, judged before and after training, paired.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "app/evaluate_tasks.h"
#include "evaluate/config.h"

namespace fettle::app {

// Judges the model on evaluate.battery; rows and results.json go to RUN/eval/battery/PART, so that
// fettle compare takes them too. part: "before" or "after". Throws Interrupted when a signal came.
struct BatteryRun {
  const evaluate::EvaluateConfig& config;
  fs::path run;
  bool quiet = false;
  const std::atomic<int>& signal;
};
void judge_battery(const BatteryRun& run, const std::string& part, const evaluate::Scorer& scorer,
                   const std::string& identity);

// Throws DataError for a task that no model which is trained here can be asked, UsageError for one
// that is not known; reads neither model nor rows.
void check_battery(const evaluate::EvaluateConfig& config, const std::string& model);

struct Forgotten {
  std::string text;  // a line a figure
  Json json;         // compare.json's form
};
// Of the rows that lie in the run's folder, before against after; nothing where there are none of
// before.
[[nodiscard]] std::optional<Forgotten> what_was_forgotten(const BatteryRun& run);

}  // namespace fettle::app
