// What every verb of the command line is: a sub-command with its options and what it runs.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"

namespace fettle::app {

// Options that every verb has.
struct Common {
  bool json = false;   // machine-readable output on standard output
  bool quiet = false;  // warnings and errors only
};

// Adds the verb's options to its sub-command and returns what runs it.
using Verb = std::function<ExitCode()> (*)(CLI::App& command, const Common& common);

struct VerbRow {
  const char* name;
  const char* help;
  Verb add;
};

// One file a verb.
std::function<ExitCode()> add_train(CLI::App& command, const Common& common);
std::function<ExitCode()> add_evaluate(CLI::App& command, const Common& common);
std::function<ExitCode()> add_compare(CLI::App& command, const Common& common);
std::function<ExitCode()> add_generate(CLI::App& command, const Common& common);
std::function<ExitCode()> add_chat(CLI::App& command, const Common& common);
std::function<ExitCode()> add_merge(CLI::App& command, const Common& common);
std::function<ExitCode()> add_annotate(CLI::App& command, const Common& common);
std::function<ExitCode()> add_prepare(CLI::App& command, const Common& common);
std::function<ExitCode()> add_show(CLI::App& command, const Common& common);

}  // namespace fettle::app
