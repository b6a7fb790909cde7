// Runs and the store: what a folder says of its run, and keeping it so that it is found by name.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "store/runs.h"

namespace fettle::app {

// --store
void add_store_option(CLI::App& command, std::string& option);

// A training run as its folder tells it: frozen recipe, log, evaluations. Throws UsageError for a
// folder without a run. What a run was stopped before writing is empty.
[[nodiscard]] store::Run run_of_folder(const fs::path& folder);

// An evaluation: results.json of tasks, or the figures of rows (evaluate::to_json). folder: where
// they were kept; empty: nowhere.
struct JudgedModel {
  std::string model = {};
  std::string data = {};
  fs::path folder = {};
  std::int64_t seed = 0;
  double started = 0;
  double seconds = 0;
};
[[nodiscard]] store::Run run_of_results(const Json& results, const JudgedModel& judged);

// Keeps the run in the store that the option and the environment name; false where the store cannot
// be written, which stops nothing and is one line on standard error (warn).
bool keep_run(const store::Run& run, const std::string& option, bool warn = true);

// Throws IoError or DataError where the store cannot be read; no store there: no runs.
[[nodiscard]] std::vector<store::Run> stored_runs(const std::string& option);
// The run of that name; nothing when there is none or no store. Throws as stored_runs().
[[nodiscard]] std::optional<store::Run> stored_run(const std::string& name,
                                                   const std::string& option);

}  // namespace fettle::app
