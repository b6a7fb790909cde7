#include "app/show.h"

#include <array>

namespace fettle::app {
namespace {

constexpr std::array<VerbRow, 15> kShown = {{
    {"recipe", "a recipe with every default filled in", add_show_recipe},
    {"data", "rows as they were read, and what was wrong with the others", add_show_data},
    {"mask", "which tokens of rows are scored", add_show_mask},
    {"tokens", "a text's token ids", add_show_tokens},
    {"chat", "a conversation as the model sees it", add_show_chat},
    {"model", "a model's shape, parameters and files", add_show_model},
    {"methods", "the methods, families, optimizers, schedules and objectives there are",
     add_show_methods},
    {"metrics", "the figures that can be measured", add_show_metrics},
    {"tasks", "the evaluation tasks that are built in", add_show_tasks},
    {"fields", "all keys of recipes with type, default and meaning", add_show_fields},
    {"sources", "where fettle prepare takes rows from, and in which formats", add_show_sources},
    {"stages", "what fettle prepare can do to rows", add_show_stages},
    {"run", "where a run stands and what it found", add_show_run},
    {"curve", "what a run's learning curve says, and what to change", add_show_curve},
    {"runs", "all runs and evaluations that were kept, with their scores", add_show_runs},
}};

}  // namespace

std::function<ExitCode()> add_show(CLI::App& command, const Common& common) {
  command.require_subcommand(1);
  const auto shown =
      std::make_shared<std::vector<std::pair<CLI::App*, std::function<ExitCode()>>>>();
  for (const VerbRow& row : kShown) {
    CLI::App* one = command.add_subcommand(row.name, row.help);
    one->add_flag("--json", const_cast<bool&>(common.json), "print JSON for scripts");
    shown->emplace_back(one, row.add(*one, common));
  }
  return [shown] {
    for (const auto& [one, run] : *shown) {
      if (one->parsed()) return run();
    }
    return ExitCode::kUsage;
  };
}

}  // namespace fettle::app
