#include "app/evaluate_tasks.h"

#include <algorithm>
#include <iostream>

#include "app/sinks.h"
#include "app/task_store.h"
#include "evaluate/official.h"

namespace fettle::app {
namespace {

// What tells one model from another: its files with sizes and times.
std::string identity_of(const NamedModel& named) {
  std::string out;
  std::vector<fs::path> roots = {named.base};
  if (named.adapter) roots.push_back(*named.adapter);
  for (const fs::path& root : roots) {
    std::vector<fs::path> files = {root};
    std::error_code error;
    for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
      files.push_back(it->path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      if (!fs::is_regular_file(file, error)) continue;
      out += text("{}:{}:{};", file, fs::file_size(file, error),
                  fs::last_write_time(file, error).time_since_epoch().count());
    }
  }
  return out;
}

class TaskProgress {
 public:
  TaskProgress(std::string task, bool quiet)
      : task_(std::move(task)), quiet_(quiet), begun_(unix_now()), shown_(begun_) {}

  void show(std::int64_t done, std::int64_t all) {
    const double now = unix_now();
    if (quiet_ || (now - shown_ < 10 && done < all)) return;
    shown_ = now;
    std::cerr << text("{}: {} of {} rows, {}\n", task_, done, all, duration(now - begun_));
  }

 private:
  std::string task_;
  bool quiet_;
  double begun_;
  double shown_;
};

evaluate::TaskOptions options_of(const TaskArguments& arguments, const NamedModel& named,
                                 const Compute& compute) {
  evaluate::TaskOptions options;
  options.data_folders = data_folders(arguments.data_folders);
  options.shots = arguments.num_fewshot;
  options.limit = arguments.limit;
  options.shot_seed = arguments.fewshot_seed;
  options.limits.batch_tokens = arguments.batch_tokens;
  options.model = identity_of(named) + text("dtype:{}", static_cast<int>(compute.dtype));
  if (arguments.max_length) options.model += text(";max_length:{}", *arguments.max_length);
  return options;
}

std::string figure_line(const evaluate::TaskResult& result, const evaluate::TaskFigure& figure) {
  const std::string name =
      figure.filter == "none" ? figure.metric : figure.metric + "," + figure.filter;
  return text("{:<28} {:<28} {:>9.4f}  [{:.4f}, {:.4f}]  n {}, {} shots\n", result.task, name,
              figure.value, figure.interval ? figure.interval->low : figure.value,
              figure.interval ? figure.interval->high : figure.value, figure.rows, result.shots);
}

void print_figures(const evaluate::TaskResult& result) {
  for (const evaluate::TaskFigure& figure : result.figures)
    std::cout << figure_line(result, figure);
  if (!result.contamination) return;
  const evaluate::Contamination& found = *result.contamination;
  std::cout << text("{}: {} of {} rows are in the tuning data {} ({} rows){}\n", result.task,
                    found.contaminated, result.rows.size(), found.source, found.tuning_rows,
                    found.figures.empty() ? "; none is left" : "; without them:");
  for (const evaluate::TaskFigure& figure : found.figures) std::cout << figure_line(result, figure);
}

std::int64_t context_of(const TaskArguments& arguments, const model::DecoderConfig& config) {
  const std::int64_t own = config.max_position_embeddings;
  if (arguments.max_length.value_or(own) <= own) return arguments.max_length.value_or(own);
  throw UsageError("--max_length {}: the model's context holds {} tokens", *arguments.max_length,
                   own);
}

struct Judged {
  std::vector<evaluate::TaskResult> results;
  Json json;  // of all of them: lm-evaluation-harness's form, and fettle's beside it
};

Json results_json(const std::vector<evaluate::TaskFile>& tasks,
                  const std::vector<evaluate::TaskResult>& results, const NamedModel& named) {
  Json json = harness_json(results, named.adapter ? named.adapter->string() : named.base.string());
  json["fettle"] = Json::array();
  for (std::size_t i = 0; i < results.size(); ++i) {
    json["fettle"].push_back(result_json(tasks[i], results[i]));
  }
  for (const evaluate::Average& average : evaluate::official_averages(results)) {
    json["averages"][average.name] = {{"value", average.value}, {"missing", average.missing}};
  }
  return json;
}

Judged judge(const NamedModel& named, const TaskArguments& arguments, bool quiet) {
  const std::vector<evaluate::TaskFile> tasks = tasks_of(arguments);
  model::ModelConfig config;
  config.device = arguments.device;
  config.dtype = arguments.dtype;
  config.num_threads = arguments.num_threads;
  const Compute compute = make_compute(config);
  evaluate::TaskOptions options = options_of(arguments, named, compute);
  const model::TextSide side = model::open_text_side(named.base, "");
  options.form = prompt_form(arguments, side);
  if (!arguments.contamination.empty()) options.tuning = tuning_texts(arguments.contamination);
  const model::Decoder decoder = load_named(named, compute);
  const evaluate::Scorer scorer{decoder,
                                {*side.tokenizer, context_of(arguments, decoder.config)},
                                stop_ids(decoder.config, side),
                                side.eos_token};
  Judged out;
  for (const evaluate::TaskFile& task : tasks) {
    const double begun = unix_now();
    TaskStore store(arguments.output, task);
    TaskProgress progress(task.name, quiet);
    out.results.push_back(
        run_task(scorer, task, options, store.saved(),
                 [&](const evaluate::TaskRow& row, std::int64_t done, std::int64_t all) {
                   store.add(row);
                   progress.show(done, all);
                 }));
    out.results.back().seconds = unix_now() - begun;
    store.finish(out.results.back());
  }
  out.json = results_json(tasks, out.results, named);
  if (!arguments.output.empty()) {
    write_file_atomically(fs::path(arguments.output) / "results.json", to_text(out.json, 2) + "\n");
  }
  return out;
}

}  // namespace

std::vector<evaluate::TaskResult> judge_tasks(const NamedModel& named,
                                              const TaskArguments& arguments, bool quiet) {
  return judge(named, arguments, quiet).results;
}

ExitCode run_tasks(const NamedModel& named, const TaskArguments& arguments, const Common& common) {
  const Judged judged = judge(named, arguments, common.quiet || common.json);
  if (common.json) {
    std::cout << to_text(judged.json) << std::endl;
    return ExitCode::kDone;
  }
  for (const evaluate::TaskResult& result : judged.results) {
    print_figures(result);
  }
  for (const evaluate::Average& average : evaluate::official_averages(judged.results)) {
    std::cout << text("{}: {:.4f}{}\n", average.name, average.value,
                      average.missing.empty()
                          ? ""
                          : " (no official score: without " + join(average.missing, ", ") + ")");
  }
  return ExitCode::kDone;
}

}  // namespace fettle::app
