#include "app/run_index.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "app/sinks.h"
#include "base/error.h"
#include "base/hash.h"
#include "monitor/log.h"
#include "recipe/load.h"
#include "store/place.h"

namespace fettle::app {
namespace {

std::optional<double> number_of(const Json* json) {
  if (json == nullptr || !json->is_number()) return std::nullopt;
  return json->get<double>();
}

std::string text_at(const Json& json, std::string_view key) {
  const Json* const held = find(json, key);
  return held != nullptr && held->is_string() ? held->get<std::string>() : "";
}

store::Score score_of(const std::string& part, const std::string& metric, const Json& figure) {
  store::Score score{.part = part, .metric = metric};
  score.value = number_of(find(figure, "value"));
  score.rows = static_cast<std::int64_t>(number_of(find(figure, "n")).value_or(0));
  score.signature = text_at(figure, "signature");
  const Json* const interval = find(figure, "interval");
  if (interval != nullptr && interval->is_array() && interval->size() == 2) {
    score.low = number_of(&(*interval)[0]);
    score.high = number_of(&(*interval)[1]);
  }
  return score;
}

// {"figures": {name: {value, n, interval, signature}}}
void add_figures(const Json& report, const std::string& part, std::vector<store::Score>& out) {
  const Json* const figures = find(report, "figures");
  if (figures == nullptr || !figures->is_object()) return;
  for (const auto& [name, figure] : figures->items()) out.push_back(score_of(part, name, figure));
}

// results.json: {"fettle": [{"task", "figures": [{metric, filter, value, ...}]}]}
void add_tasks(const Json& tasks, std::vector<store::Score>& out, const std::string& when = "") {
  for (const Json& task : tasks) {
    const Json* const figures = find(task, "figures");
    if (figures == nullptr) continue;
    for (const Json& figure : *figures) {
      out.push_back(score_of(text_at(task, "task") + when, text_at(figure, "metric"), figure));
      out.back().filter = text_at(figure, "filter");
    }
  }
}

// When the run was at work and how it ended, and the figures of its last evaluation.
void add_log(const fs::path& path, store::Run& run) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return;
  const std::vector<monitor::Event> events = monitor::read_events(path).events;
  if (events.empty()) return;
  run.started = events.front().unix_time;
  run.seconds = events.back().unix_time - events.front().unix_time;
  const monitor::Event* judged = nullptr;
  for (const monitor::Event& event : events) {
    if (event.kind == monitor::Kind::kEvaluation) judged = &event;
  }
  if (events.back().kind == monitor::Kind::kRunFinished) {
    const monitor::Value* const state = events.back().find("state");
    if (state != nullptr && std::holds_alternative<std::string>(*state)) {
      run.state = std::get<std::string>(*state);
    }
  }
  if (judged == nullptr) return;
  for (const auto& [name, value] : judged->fields) {
    if (const double* const real = std::get_if<double>(&value)) {
      run.scores.push_back({.part = text("step {}", judged->step), .metric = name, .value = *real});
    }
  }
}

store::Run made_here() {
  store::Run run;
  run.machine = host_name();
  run.version = FETTLE_VERSION;
  return run;
}

std::string whole_path(const fs::path& path) {
  std::error_code error;
  fs::path out = fs::weakly_canonical(path, error);
  if (error) out = fs::absolute(path, error);
  return out.filename().empty() ? out.parent_path().string() : out.string();
}

std::optional<fs::path> store_place(const std::string& option) {
  return store::place(option, [](const char* name) { return std::getenv(name); });
}

}  // namespace

void add_store_option(CLI::App& command, std::string& option) {
  command.add_option("--store", option,
                     "database of all runs; none: keep none (FETTLE_STORE, else fettle/runs.db in "
                     "the user's data folder)");
}

store::Run run_of_folder(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_regular_file(folder / "recipe.yaml", error) &&
      !fs::is_regular_file(folder / "events.jsonl", error)) {
    throw UsageError("{}: is no run's folder (it has no recipe.yaml and no events.jsonl)", folder);
  }
  store::Run run = made_here();
  run.kind = "train";
  run.folder = whole_path(folder);
  run.name = fs::path(run.folder).filename().string();
  run.state = "begun";
  add_log(folder / "events.jsonl", run);
  if (fs::is_regular_file(folder / "recipe.yaml", error)) {
    const std::string frozen = read_file(folder / "recipe.yaml", std::uint64_t{1} << 24);
    const recipe::Recipe recipe =
        recipe::read_recipe(frozen, (folder / "recipe.yaml").string()).recipe;
    run.recipe = xxh3_128(frozen);
    run.model = recipe.model.model_name_or_path;
    run.data = join(recipe.data.dataset, ", ");
    run.seed = recipe.train.loop.seed;
  }
  for (const std::string part : {"before", "after"}) {
    const fs::path path = folder / "eval" / (part + ".json");
    if (fs::is_regular_file(path, error)) add_figures(read_json_file(path), part, run.scores);
  }
  for (const std::string part : {"before", "after"}) {
    const fs::path path = folder / "eval" / "battery" / part / "results.json";
    if (!fs::is_regular_file(path, error)) continue;
    const Json results = read_json_file(path);
    const Json* const tasks = find(results, "fettle");
    if (tasks != nullptr) add_tasks(*tasks, run.scores, " " + part);
  }
  return run;
}

store::Run run_of_results(const Json& results, const JudgedModel& judged) {
  store::Run run = made_here();
  run.kind = "evaluate";
  run.state = "done";
  run.model = judged.model;
  run.data = judged.data;
  run.seed = judged.seed;
  run.started = judged.started;
  run.seconds = judged.seconds;
  if (!judged.folder.empty()) run.folder = whole_path(judged.folder);
  run.name = run.folder.empty() ? fs::path(whole_path(judged.model)).filename().string() + "-judged"
                                : fs::path(run.folder).filename().string();
  const Json* const tasks = find(results, "fettle");
  if (tasks == nullptr || !tasks->is_array()) {
    add_figures(results, "rows", run.scores);
    return run;
  }
  Json definitions = Json::array();
  for (const Json& task : *tasks) {
    const Json* const definition = find(task, "definition");
    if (definition != nullptr) definitions.push_back(*definition);
  }
  run.recipe = xxh3_128(to_text(definitions));
  add_tasks(*tasks, run.scores);
  return run;
}

bool keep_run(const store::Run& run, const std::string& option, bool warn) {
  try {
    const std::optional<fs::path> path = store_place(option);
    if (path) (void)store::RunStore(*path, Database::Mode::kCreate).record(run);
    return true;
  } catch (const Error& error) {
    if (!warn) return false;
    std::cerr << "warning: this run is not in the list of runs: " << error.what()
              << (run.folder.empty() ? "" : "; its folder holds everything") << std::endl;
    return false;
  }
}

std::vector<store::Run> stored_runs(const std::string& option) {
  const std::optional<fs::path> path = store_place(option);
  std::error_code error;
  if (!path || !fs::exists(*path, error)) return {};
  return store::RunStore(*path, Database::Mode::kRead).list();
}

std::optional<store::Run> stored_run(const std::string& name, const std::string& option) {
  const std::optional<fs::path> path = store_place(option);
  std::error_code error;
  if (!path || !fs::exists(*path, error)) return std::nullopt;
  return store::RunStore(*path, Database::Mode::kRead).find(name);
}

}  // namespace fettle::app
