// What a task's evaluation found: each row as it was asked and answered, and the figures.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "evaluate/task_prompt.h"
#include "evaluate/task_score.h"
#include "metric/score.h"

namespace fettle::evaluate {

// By a program or a judge (task_own.h).
struct RowScore {
  std::optional<double> value;  // nothing: the judge's words hold no rating
  std::string words;            // the judge's
};

struct TaskRow {
  Question question;
  Said said;
  std::map<std::string, RowScore> scores;  // by "metric,filter"
  Json doc;                                // the row of the data set
  std::string hash;                        // of all that the model was asked and how
  std::optional<bool> contaminated;        // where it was looked for in the tuning data
};

struct TaskFigure {
  std::string metric;
  std::string filter;  // "none" for all but filtered answers
  double value = 0;
  std::optional<metric::Interval> interval;  // 95%
  std::int64_t rows = 0;
  std::int64_t clusters = 0;             // rows that share a source, counted once; 0: not told
  std::optional<double> standard_error;  // of a mean of rows
  bool higher_is_better = true;
  std::string signature;
};

// Judged rows that the tuning data holds (task_contamination.h), and the figures without them.
struct Contamination {
  std::string source;
  std::int64_t tuning_rows = 0;
  std::int64_t contaminated = 0;    // judged rows
  std::vector<TaskFigure> figures;  // of the others; none when there are no others
};

// What a hosted model took (service.h).
struct Service {
  std::int64_t rows = 0;
  double median_seconds = 0;  // a row
  double p95_seconds = 0;
  std::int64_t prompt_tokens = 0;  // as the server counts them
  std::int64_t answer_tokens = 0;
  std::optional<double> cost;  // where prices are known
};

struct TaskResult {
  std::string task;
  std::string group;
  std::string version;
  std::string kind;
  std::int64_t shots = 0;
  std::uint32_t shot_seed = 0;
  Json prompt;  // how prompts were made: chat template, turns, the choice and order of shots
  std::vector<TaskFigure> figures;
  std::vector<TaskRow> rows;
  std::vector<std::string> slices;
  std::optional<Contamination> contamination;
  double seconds = 0;
  std::optional<Service> service;

  [[nodiscard]] const TaskFigure* find(const std::string& metric, const std::string& filter) const;
};

// The likeliest choice, the first among equals: by sum (acc), by sum over characters (acc_norm) or
// over UTF-8 bytes (acc_bytes).
enum class Norm { kNone, kCharacters, kBytes };
[[nodiscard]] std::size_t likeliest(const TaskRow& row, Norm norm);
// Softmax of the log-likelihoods.
[[nodiscard]] std::vector<double> probabilities(const TaskRow& row);

// The answers of a row after a filter's steps: regex, take_first, remove_whitespace, lowercase,
// uppercase, majority_vote, take_first_k. Throws DataError for an unknown step or a bad expression.
[[nodiscard]] std::vector<std::string> filtered(const TaskFilter& filter,
                                                std::vector<std::string> answers);

// A metric of the task over rows, ready for any choice of them: figures, intervals, paired tests.
// Throws DataError for a metric that the task's kind does not give.
[[nodiscard]] metric::Prepared prepare_rows(const TaskFile& task, const TaskMetric& metric,
                                            const TaskFilter& filter,
                                            const std::vector<TaskRow>& rows);

// All figures of the task, with Wilson's interval for shares of independent rows and the bootstrap
// for the rest; where task.clusters names columns, the bootstrap over clusters of rows with equal
// values. A mean's standard error is that of independent rows (n - 1), or of clusters: the square
// root of the sum over clusters of (sum of deviations)^2, over n (Liang and Zeger 1986, as
// statsmodels' cov_type="cluster" without its correction).
[[nodiscard]] std::vector<TaskFigure> figures_of(const TaskFile& task,
                                                 const std::vector<TaskRow>& rows,
                                                 const metric::BootstrapOptions& options);

[[nodiscard]] bool higher_is_better(const TaskMetric& metric);

// Whether the row holds what figures of the task's kind are made of: a likelihood a choice and
// right choices that there are, a likelihood, or an answer.
[[nodiscard]] bool is_whole(const TaskFile& task, const TaskRow& row);

// A row as a line of the samples' file, and back; nothing for a line that is none.
[[nodiscard]] Json row_json(const TaskFile& task, const TaskRow& row);
[[nodiscard]] std::optional<TaskRow> row_of(const Json& json);

}  // namespace fettle::evaluate
