// An evaluation task as its file states it, in the keys of lm-evaluation-harness.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace fettle::evaluate {

enum class TaskKind {
  kChoices,     // multiple_choice: the likeliest of several continuations
  kLabels,      // classification_head: the class that a head of the model names
  kLikelihood,  // loglikelihood: one continuation, and whether greedy decoding gives it
  kGenerate,    // generate_until: an answer, filtered and compared
  kRolling,     // loglikelihood_rolling: every token of a text
};
[[nodiscard]] std::string_view kind_name(TaskKind kind);
// Whether a row is answered by one of its choices.
[[nodiscard]] constexpr bool chooses(TaskKind kind) {
  return kind == TaskKind::kChoices || kind == TaskKind::kLabels;
}

// Which solved rows stand before a question.
enum class ShotRule {
  kDrawn,     // default: drawn by the seed, as lm-evaluation-harness draws
  kFirst,     // first_n: the split's first rows
  kWords,     // bm25: those whose questions share the most telling words with the judged one
  kStates,    // hidden: those whose questions the model itself represents most alike
  kBalanced,  // balanced: drawn, each class as often as the others, or once more
};
enum class ShotOrder { kChosen, kReversed, kSplit, kShortest };

// Who scores: metric/'s table, or the task's own line (task_own.h).
enum class MetricKind { kTable, kExpression, kProgram, kJudge };

struct TaskMetric {
  std::string name;
  Json options = Json::object();
  MetricKind kind = MetricKind::kTable;
  bool higher_is_better = true;  // of the task's own; the table knows its rows'
};

inline constexpr const char* kTokenAccuracy = "token_accuracy";
// Before the name of a metric: over calibrated likelihoods.
inline constexpr const char* kCalibrated = "calibrated_";

struct TaskFilter {
  std::string name;
  std::vector<Json> steps;  // {"function": "regex", ...}
};

struct TaskFile {
  std::string name;
  std::string group;   // of what official average it is a part; empty: none
  std::string help;    // one line
  std::string folder;  // of the file; empty for a built-in one
  TaskKind kind = TaskKind::kGenerate;

  std::string dataset_path;  // of the hub, or json, csv, parquet
  std::string dataset_name;
  Json data_files = nullptr;  // a name, a list, or an object of lists by split
  std::string training_split;
  std::string validation_split;
  std::string test_split;
  std::string fewshot_split;

  Json doc_to_text = "";
  Json doc_to_target = "";
  Json doc_to_choice = nullptr;
  Json choice_answers = nullptr;  // what each choice says, for metrics of texts
  Json counted_text = nullptr;    // kRolling: whose words and bytes count; null: the target's
  std::string description;
  std::string target_delimiter = " ";
  std::string fewshot_delimiter = "\n\n";
  std::int64_t num_fewshot = 0;
  ShotRule shot_rule = ShotRule::kDrawn;      // fewshot_config.sampler
  ShotOrder shot_order = ShotOrder::kChosen;  // fewshot_config.order
  std::int64_t shot_pool = 0;                 // fewshot_config.pool: of the first rows; 0: of all
  std::string shots_of_column;  // fewshot_config.same: shots share the row's value of this column

  // Inputs without content that choices are calibrated by; none: they are not.
  std::vector<std::string> content_free;
  std::int64_t stride = 0;            // kRolling: tokens between windows' starts; 0: disjoint ones
  std::vector<std::string> clusters;  // columns: rows with equal values share a source

  std::vector<std::string> until;
  std::int64_t max_gen_toks = 256;
  double temperature = 0;
  std::int64_t samples = 1;  // repeats

  std::vector<TaskMetric> metrics;
  std::vector<TaskFilter> filters;
  std::vector<std::string> slices;  // columns that reports cut by
  std::string version;

  // The split that is judged: test, else validation, else training.
  [[nodiscard]] const std::string& judged_split() const;
  // The split that shots come from: fewshot_split, else training, validation, test.
  [[nodiscard]] const std::string& shots_split() const;
};

// The rules and orders by their names in a task's file. Throw UsageError for an unknown name.
[[nodiscard]] ShotRule shot_rule(std::string_view name);
[[nodiscard]] ShotOrder shot_order(std::string_view name);
[[nodiscard]] std::string_view name_of(ShotRule rule);
[[nodiscard]] std::string_view name_of(ShotOrder order);

// Makes the task's choices calibrated by the inputs, three usual ones where none are given, and
// adds to each metric the same one of calibrated likelihoods. Throws DataError for a task of
// another kind.
void calibrate(TaskFile& task, std::vector<std::string> content_free = {});

// json: the file's map, includes already resolved. Throws DataError naming `where`, the key, its
// value and what is allowed.
[[nodiscard]] TaskFile read_task(const Json& json, const std::string& where);

}  // namespace fettle::evaluate
