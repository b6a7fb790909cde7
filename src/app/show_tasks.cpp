// show tasks: what can be judged without a task file of one's own.
#include <iostream>

#include "app/show.h"
#include "app/task_files.h"

namespace fettle::app {
namespace {

Json task_row(const evaluate::TaskFile& task) {
  Json metrics = Json::array();
  for (const evaluate::TaskMetric& metric : task.metrics) metrics.push_back(metric.name);
  return {{"name", task.name},
          {"group", task.group},
          {"kind", std::string(evaluate::kind_name(task.kind))},
          {"data", task.dataset_path},
          {"config", task.dataset_name},
          {"split", task.judged_split()},
          {"num_fewshot", task.num_fewshot},
          {"metrics", metrics},
          {"help", task.help}};
}

ExitCode show_tasks(const std::string& one, const Common& common) {
  if (!one.empty()) {
    for (const BuiltInTask& row : built_in_tasks()) {
      if (row.name == one) {
        std::cout << row.yaml;
        return ExitCode::kDone;
      }
    }
    (void)load_tasks({one});  // names the nearest, or reads the file
  }
  Json rows = Json::array();
  std::vector<std::string> names;
  for (const BuiltInTask& row : built_in_tasks()) names.emplace_back(row.name);
  if (!one.empty()) names = {one};
  for (const evaluate::TaskFile& task : load_tasks(names)) rows.push_back(task_row(task));
  if (common.json) {
    std::cout << to_text(rows) << std::endl;
    return ExitCode::kDone;
  }
  for (const Json& row : rows) {
    std::vector<std::string> metrics = row["metrics"].get<std::vector<std::string>>();
    const auto config = row["config"].get<std::string>();
    std::cout << text("{:<22} {:<11} {:<22} {} [{}{}, {}]\n", row["name"].get<std::string>(),
                      row["group"].get<std::string>(), join(metrics, ", "),
                      row["help"].get<std::string>(), row["data"].get<std::string>(),
                      config.empty() ? "" : " " + config, row["split"].get<std::string>());
  }
  return ExitCode::kDone;
}

}  // namespace

std::function<ExitCode()> add_show_tasks(CLI::App& command, const Common& common) {
  const auto one = std::make_shared<std::string>();
  command.add_option("task", *one, "prints the file of this task, as a pattern for your own");
  return [one, &common] { return show_tasks(*one, common); };
}

}  // namespace fettle::app
