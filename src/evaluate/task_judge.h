// A model as judge of a task's written answers: ratings by a rubric, and pairs in both orders.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evaluate/task_result.h"
#include "metric/judge.h"

namespace fettle::evaluate {

// metric: one with the key judge. Throws DataError naming `where` for a task whose answers are not
// written, and for options that cannot be.
void check_judge(const TaskFile& task, const TaskMetric& metric, const std::string& where);

// "1..10|rubric:1c2f3a4b", the rubric and the template by a hash.
[[nodiscard]] std::string judge_signature(const TaskMetric& metric);

// Puts the rating of each row's first filtered answer into scores[key]. The judge reads the row's
// question without shots or chat template, the right answers, the rubric.
void rate_rows(const TaskFile& task, const TaskMetric& metric, const TaskFilter& filter,
               const metric::JudgeModel& judge, const std::string& key, std::vector<TaskRow>& rows);

// A number, or a text that is one; nothing where the row's data has none.
[[nodiscard]] std::optional<double> number_in_column(const TaskRow& row, const std::string& column);

// Who judges pairs, and how.
struct PairJudge {
  metric::JudgeModel ask;
  std::string name;
  std::string rubric;   // empty: metric::default_rubric()
  std::string pattern;  // empty: metric::pairwise_template()
  std::string human;    // column of people's verdicts: first, second, tie, or a competitor's name
};

struct PairJudgement {
  std::vector<metric::PairVerdict> verdicts;  // a row each
  metric::PairSummary summary;                // win_rate: of the second
  std::optional<metric::Agreement> people;
};

// The first written answer of each row of two models, in both orders. names: of the models. Throws
// DataError for a row whose human verdict is another word.
[[nodiscard]] PairJudgement judge_pairs(const TaskFile& task, std::span<const TaskRow> first,
                                        std::span<const TaskRow> second, const PairJudge& judge,
                                        const std::pair<std::string, std::string>& names,
                                        std::uint64_t seed);

}  // namespace fettle::evaluate
