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
  kLikelihood,  // loglikelihood: one continuation, and whether greedy decoding gives it
  kGenerate,    // generate_until: an answer, filtered and compared
  kRolling,     // loglikelihood_rolling: every token of a text
};
[[nodiscard]] std::string_view kind_name(TaskKind kind);

struct TaskMetric {
  std::string name;
  Json options = Json::object();
};

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
  bool first_shots = false;     // fewshot_config.sampler: first_n
  std::string shots_of_column;  // fewshot_config.same: shots share the row's value of this column

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

// json: the file's map, includes already resolved. Throws DataError naming `where`, the key, its
// value and what is allowed.
[[nodiscard]] TaskFile read_task(const Json& json, const std::string& where);

}  // namespace fettle::evaluate
