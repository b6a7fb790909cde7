// A recipe of `fettle prepare`: where records come from, what is done to them in which order, by
// which models, where the rows go. The lists of sources' and models' options and of stages are
// handed in: this file knows none.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/json.h"
#include "base/result.h"
#include "data/option.h"
#include "data/stage.h"

namespace fettle::recipe {

struct OutputConfig {
  std::string output_dir;
  std::int64_t seed = 42;
  double max_memory_gb = 1;
  std::int64_t num_threads = 0;
  bool explain_changes = true;
  std::vector<std::string> keep_notes;
  std::string date_column;
  double max_bad_share = 0.05;
  std::string target;
  std::vector<std::string> target_shares;

  template <class Visitor>
  void fields(Visitor& v) {
    v("output_dir", output_dir,
      {.help = "the folder of the rows; empty: prepared/ and the recipe's name",
       .aliases = {"output_folder"}});
    v("seed", seed, {.min = 0, .max = 9007199254740992.0, .help = "of every random choice"});
    v("max_memory_gb", max_memory_gb,
      {.min = 0.25, .max = 4096, .help = "memory that is used at most, in 10^9 bytes"});
    v("num_threads", num_threads,
      {.min = 0, .max = 4096, .help = "threads; 0: as many as there are cores"});
    v("explain_changes", explain_changes,
      {.help = "explained.jsonl lists changed rows too, not dropped ones alone"});
    v("keep_notes", keep_notes,
      {.help = "what stages noted of a row and its line shall hold: language, perplexity, parent, "
               "weight, ..."});
    v("date_column", date_column,
      {.help = "key of a row's date, by which the report counts rows over time; empty: looked for "
               "(date, timestamp, created_at, year, ...)"});
    v("max_bad_share", max_bad_share,
      {.min = 0, .max = 1, .help = "the share of rows that cannot be read, above which all stops"});
    v("target", target,
      {.help = "a file of rows such as the model will meet: the report says what is thin in the "
               "prepared rows compared with them"});
    v("target_shares", target_shares,
      {.help =
           "the same by description: [language de=0.2, label spam=0.5]; kinds: language, label, "
           "form, source"});
  }
};

// One stage as the command line and recipes know it.
struct StageInfo {
  std::string_view name;
  std::string_view help;
  std::string_view source;
  std::vector<data::Option> options;
  data::Need need = data::Need::kNothing;
};

struct PrepareRecipe;

struct PrepareTables {
  std::vector<data::Option> source_options;
  std::vector<StageInfo> stages;
  std::vector<data::Option> local_options;   // of models.local
  std::vector<data::Option> server_options;  // of models.server
  // What is wrong with the models that a recipe without other problems names, each `where` a key
  // ("models.local.model_name_or_path").
  std::function<std::vector<Problem>(const PrepareRecipe&)> find_model_problems;
};

struct PrepareStage {
  std::string name;
  Json options = Json::object();  // every option, defaults filled in
};

struct PrepareRecipe {
  std::vector<Json> sources;  // every option of each
  std::vector<PrepareStage> stages;
  Json local = nullptr;  // every option of the local model; null: the recipe names none
  Json server = nullptr;
  OutputConfig output;
};

// Reads the file and --set arguments ("key=value" of output, "STAGE.option=value",
// "sources.0.path=value", "models.local.key=value"). Sections `split` and `balance` are the stages
// `split` and `resample` after the others, in the order of the file. Throws UsageError with all
// problems, one a line, with file and line.
[[nodiscard]] PrepareRecipe load_prepare_recipe(const std::filesystem::path& path,
                                                const PrepareTables& tables,
                                                std::span<const std::string> overrides = {});
[[nodiscard]] PrepareRecipe read_prepare_recipe(std::string_view source, std::string_view name,
                                                const PrepareTables& tables,
                                                std::span<const std::string> overrides = {});

// With every default filled in; reads back to the same.
[[nodiscard]] std::string dump_prepare_recipe(const PrepareRecipe& recipe);

// All keys and stages, for `fettle prepare --fields` and docs.
[[nodiscard]] std::string prepare_fields_text(const PrepareTables& tables);
[[nodiscard]] Json prepare_fields_json(const PrepareTables& tables);

}  // namespace fettle::recipe
