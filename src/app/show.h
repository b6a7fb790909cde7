// `fettle show WHAT`: each looks at one thing and changes nothing.
#pragma once

#include "app/verb.h"

namespace fettle::app {

// Rows that a preparation dropped, and with `changed` those that it changed.
struct DroppedOptions {
  std::int64_t rows = 20;
  bool changed = false;
  std::string stage;   // empty: of all stages
  std::string reason;  // empty: for all reasons
};
// Throws UsageError when `folder` holds no prepared rows.
ExitCode show_dropped(const std::string& folder, const DroppedOptions& options, bool json);

std::function<ExitCode()> add_show_recipe(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_data(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_mask(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_tokens(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_chat(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_model(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_methods(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_metrics(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_tasks(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_fields(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_sources(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_stages(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_run(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_curve(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_runs(CLI::App& command, const Common& common);

}  // namespace fettle::app
