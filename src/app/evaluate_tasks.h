// fettle evaluate MODEL --tasks a,b: benchmarks in place of a recipe's rows.
#pragma once

#include "app/assemble.h"
#include "app/hosted.h"
#include "app/verb.h"
#include "evaluate/task_run.h"

namespace fettle::app {

struct TaskArguments {
  std::vector<std::string> tasks;
  std::vector<std::string> data_folders;
  std::optional<std::int64_t> num_fewshot;
  std::optional<std::int64_t> limit;
  std::uint32_t fewshot_seed = 1234;
  std::int64_t batch_tokens = 4096;
  std::string output;
  std::string dtype = "auto";
  std::string device = "auto";
  std::int64_t num_threads = 0;
  std::string store;  // --store
  HostedArguments hosted;
};

void add_task_options(CLI::App& command, TaskArguments& arguments);

// --data_dir, FETTLE_DATA (folders by colons), the working folder.
[[nodiscard]] std::vector<fs::path> data_folders(const std::vector<std::string>& given);

// Judges the model on each task; rows go to `output` as they are done, at the end results.json.
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
                                                 const std::string& identity);

// target: a model as resolve_model() knows it, or openai:NAME@ADDRESS.
[[nodiscard]] std::vector<evaluate::TaskResult> judge_tasks(
    const std::string& target, const std::optional<std::string>& adapter,
    const TaskArguments& arguments, bool quiet);

ExitCode run_tasks(const std::string& target, const std::optional<std::string>& adapter,
                   const TaskArguments& arguments, const Common& common);

}  // namespace fettle::app
