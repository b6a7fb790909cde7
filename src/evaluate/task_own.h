// Metrics that a task brings itself, as a key of its metric_list names them: an expression over the
// rows, a program, a model as judge. Programs and judges score each row once; the scores are kept
// with it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evaluate/task_judge.h"
#include "evaluate/task_result.h"

namespace fettle::evaluate {

struct OwnMetricRow {
  std::string_view key;  // beside `metric`, which names the figure
  MetricKind kind;
  std::string_view help;
  std::string_view options;
};
[[nodiscard]] std::span<const OwnMetricRow> own_metrics();

// Which of the task's metrics are its own; a judge's that names a column of people's ratings
// (human) is followed by NAME_agreement, their rank correlation. Throws DataError naming `where`
// and the metric for a line that cannot be.
void find_own(TaskFile& task, const std::string& where);

// What an expression or a program reads of a row: the data set's columns; then, in place of any of
// the same name, prompt, answer, reference, answers, references, log_likelihood and tokens, for
// choices right, gold and likeliest, for programs the whole row of the data set as doc.
[[nodiscard]] Json own_row(const TaskFile& task, const TaskFilter& filter, const TaskRow& row);

// Notes who scores, for signatures, before any model is asked. judge: its name; empty: none. Throws
// UsageError for a judge that is needed and not there, and for a program's missing files.
void name_scorers(std::span<TaskFile> tasks, const std::string& judge);

// Fills in the rows' scores of all programs and judges of the task. Throws DataError with what a
// program did wrong.
void score_rows(const TaskFile& task, const metric::JudgeModel& judge, std::vector<TaskRow>& rows);

// Throws DataError where rows were never scored.
[[nodiscard]] metric::Prepared prepare_own(const TaskFile& task, const TaskMetric& metric,
                                           const TaskFilter& filter,
                                           const std::vector<TaskRow>& rows);

}  // namespace fettle::evaluate
