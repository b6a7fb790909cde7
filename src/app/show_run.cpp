// show run, show runs: where a run stands and what it found, and all that was kept.
#include <algorithm>
#include <ctime>
#include <iostream>

#include "app/run_index.h"
#include "app/show.h"
#include "base/nearest.h"
#include "monitor/judgement.h"
#include "monitor/log.h"
#include "train/checkpoint.h"

namespace fettle::app {
namespace {

struct RunArguments {
  std::string run;
  std::vector<std::string> folders;
  std::string kind;
  std::string store;
};

std::string figure_number(const std::optional<double>& value) {
  return value ? text("{:.4g}", *value) : "-";
}

std::string score_text(const store::Score& score) {
  std::string out = text("{} {}", score.part, score.metric);
  if (score.filter != "none") out += "," + score.filter;
  out += " " + figure_number(score.value);
  if (score.low && score.high) {
    out += text(" [{}, {}]", figure_number(score.low), figure_number(score.high));
  }
  return out;
}

// UTC, to the minute.
std::string time_text(double seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (::gmtime_r(&time, &parts) == nullptr) return "-";
  return text("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
              parts.tm_mday, parts.tm_hour, parts.tm_min);
}

// The name, its folder as a run, or nothing of either: then the nearest names are told.
[[noreturn]] void throw_unknown(const std::string& name, const std::string& option) {
  std::vector<std::string> known;
  for (const store::Run& run : stored_runs(option)) known.push_back(run.name);
  const std::string_view near =
      nearest(name, std::vector<std::string_view>(known.begin(), known.end()));
  throw UsageError(
      "{}: is no run's folder and no kept run{}", name,
      near.empty() ? "; fettle show runs lists those" : text("; did you mean {}?", near));
}

bool is_run_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path / "events.jsonl", error) ||
         fs::is_regular_file(path / "recipe.yaml", error);
}

Json checkpoints_json(const fs::path& run) {
  Json out = Json::array();
  for (const auto& [step, folder] : train::list_checkpoints(run)) {
    out.push_back({{"step", step},
                   {"folder", folder.string()},
                   {"whole", train::verify_checkpoint(folder).has_value()}});
  }
  return out;
}

std::vector<monitor::Event> events_of(const fs::path& run) {
  std::error_code error;
  if (!fs::is_regular_file(run / "events.jsonl", error)) return {};
  return monitor::read_events(run / "events.jsonl").events;
}

Json findings_json(const std::vector<monitor::Finding>& findings) {
  Json out = Json::array();
  for (const monitor::Finding& one : findings) {
    out.push_back(
        {{"name", one.name}, {"alarm", one.alarm}, {"what", one.what}, {"advice", one.advice}});
  }
  return out;
}

std::vector<monitor::Finding> findings_of(std::span<const monitor::Event> events) {
  return monitor::judge_curve(monitor::curve_points(events));
}

void print_head(const store::Run& run) {
  std::cout << text("{}: {} of {}, {}", run.name, run.kind, run.model, run.state);
  if (run.started > 0) std::cout << text(", {} UTC", time_text(run.started));
  if (run.seconds > 0) std::cout << text(", {}", duration(run.seconds));
  std::cout << text("\n  data {}\n  seed {}, recipe {}, on {}\n", run.data.empty() ? "-" : run.data,
                    run.seed, run.recipe.empty() ? "-" : run.recipe, run.machine);
  if (!run.folder.empty()) std::cout << "  " << run.folder << "\n";
  for (const store::Score& score : run.scores) {
    std::cout << text("  {}{}\n", score_text(score),
                      score.rows > 0 ? text(", n {}", score.rows) : "");
  }
}

ExitCode show_kept(const store::Run& run, const Common& common) {
  if (common.json) {
    std::cout << to_text(store::to_json(run)) << std::endl;
  } else {
    print_head(run);
  }
  return ExitCode::kDone;
}

ExitCode show_folder(const fs::path& folder, const Common& common) {
  const store::Run run = run_of_folder(folder);
  const auto events = events_of(folder);
  const Json checkpoints = checkpoints_json(folder);
  if (common.json) {
    Json json = store::to_json(run);
    json["log_history"] = monitor::log_history(events);
    json["checkpoints"] = checkpoints;
    json["curve"] = findings_json(findings_of(events));
    std::cout << to_text(json) << std::endl;
    return ExitCode::kDone;
  }
  print_head(run);
  for (const monitor::Event& event : events) {
    if (event.kind == monitor::Kind::kEvaluation || event.kind == monitor::Kind::kWarning) {
      std::cout << to_text(monitor::event_json(event)) << "\n";
    }
  }
  std::cout << monitor::findings_text(findings_of(events));
  if (!events.empty()) {
    std::cout << text("last event: {} at step {}\n", monitor::kind_name(events.back().kind),
                      events.back().step);
  }
  for (const Json& item : checkpoints) {
    std::cout << text("{}{}\n", item["folder"].get<std::string>(),
                      item["whole"] == true ? "" : " (damaged)");
  }
  return ExitCode::kDone;
}

ExitCode show_run(const RunArguments& arguments, const Common& common) {
  if (is_run_folder(arguments.run)) return show_folder(arguments.run, common);
  const std::optional<store::Run> run = stored_run(arguments.run, arguments.store);
  if (!run) throw_unknown(arguments.run, arguments.store);
  // The folder knows more than the store, and is the source of both.
  if (run->kind == "train" && is_run_folder(run->folder)) return show_folder(run->folder, common);
  return show_kept(*run, common);
}

ExitCode show_curve(const RunArguments& arguments, const Common& common) {
  fs::path log = arguments.run;
  std::error_code error;
  if (!fs::exists(log, error)) {
    const std::optional<store::Run> run = stored_run(arguments.run, arguments.store);
    if (!run) throw_unknown(arguments.run, arguments.store);
    log = run->folder;
  }
  if (fs::is_directory(log, error)) log /= "events.jsonl";
  if (!fs::is_regular_file(log, error)) {
    throw UsageError("{}: holds no events.jsonl, so no curve; name a training run", arguments.run);
  }
  const auto findings = findings_of(monitor::read_events(log).events);
  std::cout << (common.json ? to_text(findings_json(findings)) + "\n"
                            : monitor::findings_text(findings));
  return ExitCode::kDone;
}

// A line a run: the scores of its last part, at most three.
std::string run_line(const store::Run& run) {
  std::string out = text("{:<24} {:<9} {:<12} {:<16}  {}\n", run.name, run.kind, run.state,
                         run.started > 0 ? time_text(run.started) : "-", run.model);
  std::size_t shown = 0;
  for (const store::Score& score : run.scores) {
    if (run.kind == "train" && score.part != run.scores.back().part) continue;
    if (++shown > 3) return out + "    ...\n";
    out += "    " + score_text(score) + "\n";
  }
  return out;
}

ExitCode show_runs(const RunArguments& arguments, const Common& common) {
  std::vector<store::Run> runs = stored_runs(arguments.store);
  for (const std::string& folder : arguments.folders) {
    store::Run run = run_of_folder(folder);
    const bool known = std::ranges::any_of(runs, [&](const store::Run& other) {
      return other.kind == run.kind && other.folder == run.folder;
    });
    if (!known) runs.push_back(std::move(run));
  }
  std::erase_if(runs, [&](const store::Run& run) {
    return !arguments.kind.empty() && run.kind != arguments.kind;
  });
  if (common.json) {
    Json list = Json::array();
    for (const store::Run& run : runs) list.push_back(store::to_json(run));
    std::cout << to_text(list) << std::endl;
    return ExitCode::kDone;
  }
  for (const store::Run& run : runs) std::cout << run_line(run);
  if (runs.empty()) std::cout << "no run was kept yet\n";
  return ExitCode::kDone;
}

}  // namespace

std::function<ExitCode()> add_show_run(CLI::App& command, const Common& common) {
  const auto arguments = std::make_shared<RunArguments>();
  command.add_option("run", arguments->run, "a run's folder, or the name of a kept run")
      ->required();
  add_store_option(command, arguments->store);
  return [arguments, &common] { return show_run(*arguments, common); };
}

std::function<ExitCode()> add_show_curve(CLI::App& command, const Common& common) {
  const auto arguments = std::make_shared<RunArguments>();
  command
      .add_option("run", arguments->run,
                  "a run's folder, an events.jsonl, or the name of a kept run")
      ->required();
  add_store_option(command, arguments->store);
  return [arguments, &common] { return show_curve(*arguments, common); };
}

std::function<ExitCode()> add_show_runs(CLI::App& command, const Common& common) {
  const auto arguments = std::make_shared<RunArguments>();
  command.add_option("folders", arguments->folders,
                     "runs' folders to list too, where the store does not have them");
  command.add_option("--kind", arguments->kind, "train or evaluate alone")
      ->check(CLI::IsMember({"train", "evaluate"}));
  add_store_option(command, arguments->store);
  return [arguments, &common] { return show_runs(*arguments, common); };
}

}  // namespace fettle::app
