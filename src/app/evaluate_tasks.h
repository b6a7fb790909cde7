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
// target: a model as resolve_model() knows it, or openai:NAME@ADDRESS.
[[nodiscard]] std::vector<evaluate::TaskResult> judge_tasks(
    const std::string& target, const std::optional<std::string>& adapter,
    const TaskArguments& arguments, bool quiet);

ExitCode run_tasks(const std::string& target, const std::optional<std::string>& adapter,
                   const TaskArguments& arguments, const Common& common);

}  // namespace fettle::app
