// `fettle show WHAT`: each looks at one thing and changes nothing.
#pragma once

#include "app/verb.h"

namespace fettle::app {

std::function<ExitCode()> add_show_recipe(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_data(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_mask(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_tokens(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_chat(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_model(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_methods(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_metrics(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_fields(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show_run(CLI::App& command, const Common& common);

}  // namespace fettle::app
