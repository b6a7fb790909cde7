// fettle compare A B ...: models or saved results against the first of them.
#include "evaluate/compare.h"

#include <algorithm>
#include <iostream>

#include "app/assemble.h"
#include "app/evaluate_tasks.h"
#include "app/run_index.h"
#include "app/task_store.h"
#include "evaluate/compare_report.h"
#include "model/model_files.h"

namespace fettle::app {
namespace {

struct CompareArguments {
  std::vector<std::string> competitors;
  std::vector<std::string> names;
  std::vector<std::string> slices;
  std::uint64_t seed = 0;
  TaskArguments tasks;
};

struct Loaded {
  std::vector<evaluate::Competitor> competitors;
  std::vector<evaluate::TaskFile> tasks;  // those that all competitors have rows of
};

bool holds_results(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path / "results.json", error);
}

std::string name_of(const CompareArguments& arguments, std::size_t at) {
  if (at < arguments.names.size()) return arguments.names[at];
  if (const auto hosted = evaluate::hosted_model(arguments.competitors[at])) return hosted->name;
  fs::path path = arguments.competitors[at];
  if (path.filename().empty()) path = path.parent_path();
  std::string name = path.filename().string();
  for (std::size_t i = 0; i < at; ++i) {
    if (name_of(arguments, i) == name) return arguments.competitors[at];
  }
  return name;
}

// A folder or a model that is there, else the folder of the stored run of that name.
fs::path place_of(const std::string& competitor, const std::string& store) {
  std::error_code error;
  if (fs::exists(competitor, error)) return competitor;
  const std::optional<store::Run> run = stored_run(competitor, store);
  if (!run) return competitor;
  if (!fs::is_directory(run->folder, error)) {
    throw UsageError("{}: the run's folder {} is gone, or was never kept; judge the model again",
                     competitor, run->folder);
  }
  return run->folder;
}

// Throws for a competitor that is none, before any is judged: that may take hours.
void check_competitor(const CompareArguments& arguments, const std::string& competitor) {
  if (evaluate::hosted_model(competitor)) return;
  const fs::path path = place_of(competitor, arguments.tasks.store);
  if (holds_results(path)) return;
  if (arguments.tasks.tasks.empty()) {
    throw UsageError(
        "{}: holds no results.json of fettle evaluate --tasks; name a folder that does, or give "
        "--tasks to judge the model now",
        path);
  }
  (void)model::ModelFiles(resolve_model(path.string(), std::nullopt).base);
}

// The rows of one competitor: read from its folder, or judged now and kept under --output.
evaluate::Competitor load_competitor(const CompareArguments& arguments, std::size_t at, bool quiet,
                                     std::vector<evaluate::TaskFile>& tasks) {
  const bool hosted = evaluate::hosted_model(arguments.competitors[at]).has_value();
  const fs::path path = hosted ? fs::path(arguments.competitors[at])
                               : place_of(arguments.competitors[at], arguments.tasks.store);
  evaluate::Competitor out{name_of(arguments, at), {}};
  if (holds_results(path)) {
    out.results = read_results(path, tasks);
    return out;
  }
  TaskArguments judged = arguments.tasks;
  judged.judge = judge_of(arguments.tasks);
  judged.output =
      arguments.tasks.output.empty()
          ? ""
          : (fs::path(arguments.tasks.output) / text("{}-{}", at + 1, out.name)).string();
  if (!quiet) std::cerr << text("{}:\n", out.name);
  out.results = judge_tasks(path.string(), std::nullopt, judged, quiet);
  tasks = tasks_of(judged);
  return out;
}

bool has_task(const evaluate::Competitor& competitor, const std::string& name) {
  return std::ranges::any_of(
      competitor.results, [&](const evaluate::TaskResult& result) { return result.task == name; });
}

Loaded load_all(const CompareArguments& arguments, bool quiet) {
  for (const std::string& each : arguments.competitors) check_competitor(arguments, each);
  Loaded out;
  std::vector<evaluate::TaskFile> all;
  for (std::size_t i = 0; i < arguments.competitors.size(); ++i) {
    std::vector<evaluate::TaskFile> own;
    out.competitors.push_back(load_competitor(arguments, i, quiet, own));
    if (i == 0) all = std::move(own);
  }
  for (evaluate::TaskFile& task : all) {
    const bool shared = std::ranges::all_of(
        out.competitors, [&](const auto& competitor) { return has_task(competitor, task.name); });
    if (shared) out.tasks.push_back(std::move(task));
  }
  if (out.tasks.empty()) {
    throw DataError("the competitors have no task in common; evaluate them on the same tasks");
  }
  return out;
}

std::string comparison_line(const evaluate::Comparison& one) {
  std::string out = text(
      "{:<22} {:<24} {:<20} {:.4f} to {:.4f}: {:+.4f} [{:+.4f}, {:+.4f}], p {:.4f} ({}), {:.4f} "
      "with Holm: {}\n",
      one.task, one.filter == "none" ? one.metric : one.metric + "," + one.filter, one.second_name,
      one.first, one.second, one.difference, one.interval.low, one.interval.high, one.p, one.test,
      one.p_holm, one.verdict());
  if (one.judge) out += text("  {}\n", one.judge->sentence());
  if (!one.slices.empty()) {
    const evaluate::Slice& worst = one.slices.front();
    out += text("  worst slice: {} = {}, n {}: {:.4f} to {:.4f}\n", worst.column, worst.value,
                worst.rows, worst.first, worst.second);
  }
  return out;
}

evaluate::PairJudge pair_judge(const TaskArguments& arguments, bool quiet) {
  const JudgeArguments judge = judge_of(arguments);
  return {open_judge(judge, compute_config(arguments), arguments.hosted, quiet), judge.model,
          judge_rubric(judge), judge_pattern(judge), judge.human};
}

ExitCode run_compare(const CompareArguments& arguments, const Common& common) {
  if (arguments.competitors.size() < 2) {
    throw UsageError("compare needs two or more: models, or folders of fettle evaluate --tasks");
  }
  const Loaded loaded = load_all(arguments, common.quiet || common.json);
  evaluate::CompareOptions options;
  options.bootstrap.seed = arguments.seed;
  options.slices = arguments.slices;
  if (!arguments.tasks.judge.model.empty()) {
    options.judge = pair_judge(arguments.tasks, common.quiet || common.json);
  }
  const auto comparisons = evaluate::compare(loaded.tasks, loaded.competitors, options);
  const evaluate::ReportInput input{
      text("{} against {}", loaded.competitors.back().name, loaded.competitors.front().name),
      loaded.tasks, loaded.competitors, comparisons};
  const Json json = evaluate::compare_json(input);
  if (!arguments.tasks.output.empty()) {
    const fs::path folder = arguments.tasks.output;
    make_folders(folder);
    write_file_atomically(folder / "compare.json", to_text(json, 2) + "\n");
    write_file_atomically(folder / "compare.csv", evaluate::compare_csv(input));
    write_file_atomically(folder / "compare.md", evaluate::compare_markdown(input));
    write_file_atomically(folder / "compare.html", evaluate::compare_html(input));
  }
  if (common.json) {
    std::cout << to_text(json) << std::endl;
    return ExitCode::kDone;
  }
  for (const evaluate::Comparison& one : comparisons) std::cout << comparison_line(one);
  return ExitCode::kDone;
}

}  // namespace

std::function<ExitCode()> add_compare(CLI::App& command, const Common& common) {
  const auto arguments = std::make_shared<CompareArguments>();
  command
      .add_option(
          "competitors", arguments->competitors,
          "folders of fettle evaluate --tasks --output, names of kept runs (fettle show runs), or "
          "models (folder, GGUF file, adapter, run, openai:NAME@ADDRESS) that are judged now; the "
          "first is what the "
          "others are held against")
      ->required();
  command.add_option("--names", arguments->names, "what to call them, in their order");
  command.add_option("--slice", arguments->slices,
                     "columns of the rows to cut by, beside length, class and the tasks' own");
  command.add_option("--seed", arguments->seed, "seed of the bootstrap and the permutations (0)");
  command.add_option("--output", arguments->tasks.output,
                     "folder for compare.html, .json, .csv and .md, and the rows judged now");
  add_task_options(command, arguments->tasks);
  return [arguments, &common] { return run_compare(*arguments, common); };
}

}  // namespace fettle::app
