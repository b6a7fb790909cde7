// fettle evaluate MODEL --tasks a,b: benchmarks in place of a recipe's rows.
#pragma once

#include "app/assemble.h"
#include "app/hosted.h"
#include "app/judge_model.h"
#include "app/verb.h"
#include "evaluate/task_run.h"

namespace fettle::app {

struct TaskArguments {
  std::vector<std::string> tasks;
  std::vector<std::string> data_folders;
  std::optional<std::int64_t> num_fewshot;
  std::optional<std::int64_t> limit;
  std::uint32_t fewshot_seed = 1234;
  std::string fewshot_sampler;  // in place of the task's; empty: the task's
  std::string fewshot_order;
  bool apply_chat_template = false;
  bool fewshot_as_multiturn = false;
  std::string system_instruction;
  bool calibrate = false;
  std::optional<std::int64_t> stride;
  std::optional<std::int64_t> max_length;
  std::vector<std::string> cluster;
  std::string contamination;  // run folder or file of rows
  std::int64_t batch_tokens = 4096;
  std::string output;
  std::string dtype = "auto";
  std::string device = "auto";
  std::int64_t num_threads = 0;
  std::string store;  // --store
  HostedArguments hosted;
  JudgeArguments judge;
};

void add_task_options(CLI::App& command, TaskArguments& arguments);

// The tasks that are named, with what the command line says in place of their files.
[[nodiscard]] std::vector<evaluate::TaskFile> tasks_of(const TaskArguments& arguments);

// How turns become prompts. Throws UsageError when a chat template is asked for and side has none.
[[nodiscard]] evaluate::PromptForm prompt_form(const TaskArguments& arguments,
                                               const model::TextSide& side);

// The texts that a run was tuned on, by its recipe, or those of a file of rows.
[[nodiscard]] evaluate::TuningTexts tuning_texts(const std::string& source);

// --data_dir, FETTLE_DATA (folders by colons), the working folder.
[[nodiscard]] std::vector<fs::path> data_folders(const std::vector<std::string>& given);

struct JudgedBy {
  std::string model;
  std::optional<evaluate::Prices> prices;
};
struct Judged {
  std::vector<evaluate::TaskResult> results;
  Json json;  // of all of them: lm-evaluation-harness's form, and fettle's beside it
};
// Each task in turn, its rows kept under arguments.output as they are judged, at the end
// results.json. options.model is what tells one model from another.
[[nodiscard]] Judged judge_asked(const evaluate::Asker& ask, const evaluate::TaskOptions& options,
                                 const JudgedBy& by, const TaskArguments& arguments, bool quiet);
[[nodiscard]] evaluate::TaskOptions task_options(const TaskArguments& arguments,
                                                 const std::string& identity, bool quiet);

// Where and in which type models are computed.
[[nodiscard]] model::ModelConfig compute_config(const TaskArguments& arguments);
// The folder of the judge's answers: as given, or under the output; empty for neither.
[[nodiscard]] JudgeArguments judge_of(const TaskArguments& arguments);

// target: a model as resolve_model() knows it, or openai:NAME@ADDRESS.
[[nodiscard]] std::vector<evaluate::TaskResult> judge_tasks(
    const std::string& target, const std::optional<std::string>& adapter,
    const TaskArguments& arguments, bool quiet);

ExitCode run_tasks(const std::string& target, const std::optional<std::string>& adapter,
                   const TaskArguments& arguments, const Common& common);

}  // namespace fettle::app
