// One task from rows to figures, resumable row by row.
#pragma once

#include <functional>
#include <map>

#include "base/file.h"
#include "evaluate/task_contamination.h"
#include "evaluate/task_own.h"
#include "evaluate/task_result.h"

namespace fettle::evaluate {

struct TaskOptions {
  std::vector<fs::path> data_folders;
  std::optional<std::int64_t> shots;  // in place of the task's num_fewshot
  std::optional<std::int64_t> limit;  // rows
  std::uint32_t shot_seed = 1234;
  PromptForm form;
  std::optional<TuningTexts> tuning;  // where judged rows are looked for
  ScoreLimits limits;
  metric::BootstrapOptions bootstrap;
  metric::JudgeModel judge;  // of metrics that a model rates by; empty: none
  std::string model;  // what is asked, for the rows' hashes: path, size and time of its files
};

// Rows of an earlier run by hash: they are not asked again.
using SavedRows = std::map<std::string, TaskRow>;
// Told each row that was asked now (not those of SavedRows), how many are done, and of how many.
using OnTaskRow = std::function<void(const TaskRow&, std::int64_t, std::int64_t)>;

// Who is asked: a model of our own, or a hosted one.
struct Asker {
  // The questions of a task, in order, as evaluate::ask_all does.
  std::function<void(const TaskFile&, std::span<const Question>, const ScoreLimits&, const OnSaid&)>
      ask;
  TextStates states;  // for shots by hidden states; empty where the model shows none
};
// The model itself; scorer must outlive it.
[[nodiscard]] Asker asker(const Scorer& scorer);

// Throws DataError where a likelihood is no number: broken weights, not a wrong answer; UsageError
// where the task wants hidden states that the model does not show.
[[nodiscard]] TaskResult run_task(const Asker& asker, TaskFile task, const TaskOptions& options,
                                  const SavedRows& saved, const OnTaskRow& on_row);

}  // namespace fettle::evaluate
