#include "app/evaluate_tasks.h"

#include <algorithm>
#include <cmath>
#include <iostream>

#include "app/run_index.h"
#include "app/sinks.h"
#include "app/task_store.h"
#include "evaluate/compare_report.h"
#include "evaluate/official.h"
#include "evaluate/task_labels.h"

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

std::string figure_line(const evaluate::TaskResult& result, const evaluate::TaskFigure& figure) {
  const std::string name =
      figure.filter == "none" ? figure.metric : figure.metric + "," + figure.filter;
  if (!std::isfinite(figure.value)) {
    return text(
        "{:<28} {:<28} no number: its {} rows leave it undefined (one class alone, "
        "nothing to divide by, or a judge that names no rating)\n",
        result.task, name, figure.rows);
  }
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

std::string model_name(const NamedModel& named) {
  return named.adapter ? named.adapter->string() : named.base.string();
}

void keep_judged(const Json& results, const std::string& model, const TaskArguments& arguments,
                 double started) {
  keep_run(run_of_results(results, {.model = model,
                                    .data = join(arguments.tasks, ", "),
                                    .folder = arguments.output,
                                    .seed = arguments.fewshot_seed,
                                    .started = started,
                                    .seconds = unix_now() - started}),
           arguments.store);
}

Json results_json(const std::vector<evaluate::TaskFile>& tasks,
                  const std::vector<evaluate::TaskResult>& results, const std::string& model) {
  Json json = harness_json(results, model);
  json["fettle"] = Json::array();
  for (std::size_t i = 0; i < results.size(); ++i) {
    json["fettle"].push_back(result_json(tasks[i], results[i]));
  }
  for (const evaluate::Average& average : evaluate::official_averages(results)) {
    json["averages"][average.name] = {{"value", average.value}, {"missing", average.missing}};
  }
  return json;
}

// results.json, and its figures as CSV and Markdown.
void write_reports(const fs::path& folder, const std::vector<evaluate::TaskFile>& tasks,
                   const std::string& model, const Judged& judged) {
  const std::vector<evaluate::Competitor> alone = {{model, judged.results}};
  const evaluate::ReportInput input{model, tasks, alone, {}};
  write_file_atomically(folder / "results.json", to_text(judged.json, 2) + "\n");
  write_file_atomically(folder / "results.csv", evaluate::compare_csv(input));
  write_file_atomically(folder / "results.md", evaluate::compare_markdown(input));
}

Judged judge_local(const NamedModel& named, const TaskArguments& arguments, bool quiet) {
  evaluate::check_heads(tasks_of(arguments), model::ModelFiles(named.base).config().labels,
                        named.base.string());
  const Compute compute = make_compute(compute_config(arguments));
  evaluate::TaskOptions options = task_options(
      arguments, identity_of(named) + text("dtype:{}", static_cast<int>(compute.dtype)), quiet);
  if (arguments.max_length) options.model += text(";max_length:{}", *arguments.max_length);
  const model::TextSide side = model::open_text_side(named.base, "");
  options.form = prompt_form(arguments, side);
  const model::Decoder decoder = load_named(named, compute, /*classifiers=*/true);
  const evaluate::Scorer scorer{decoder,
                                {*side.tokenizer, context_of(arguments, decoder.config)},
                                stop_ids(decoder.config, side),
                                side.eos_token};
  return judge_asked(evaluate::asker(scorer), options, {model_name(named), std::nullopt}, arguments,
                     quiet);
}

// A server brings its model's chat template and context.
evaluate::PromptForm hosted_form(const TaskArguments& arguments) {
  if (arguments.apply_chat_template || arguments.fewshot_as_multiturn) {
    throw UsageError(
        "--apply_chat_template: a hosted model's server applies its own; leave it out");
  }
  if (arguments.max_length) {
    throw UsageError("--max_length: a hosted model's context is its server's; leave it out");
  }
  evaluate::PromptForm form;
  form.system = arguments.system_instruction;
  return form;
}

Judged judge_hosted(const std::string& target, const evaluate::HostedModel& model,
                    const TaskArguments& arguments, bool quiet) {
  evaluate::check_heads(tasks_of(arguments), {}, target);
  const std::optional<evaluate::Prices> prices = hosted_prices(arguments.hosted, model.name);
  evaluate::HostedScorer scorer(model, hosted_options(arguments.hosted));
  evaluate::Asker asker;
  asker.ask = [&](const evaluate::TaskFile& task, std::span<const evaluate::Question> questions,
                  const evaluate::ScoreLimits& limits, const evaluate::OnSaid& on_said) {
    scorer.ask_all(task, questions, limits.seed, on_said);
  };
  std::string identity = target;
  if (arguments.hosted.in_words) identity += ";in words";
  evaluate::TaskOptions options = task_options(arguments, identity, quiet);
  options.form = hosted_form(arguments);
  Judged out = judge_asked(asker, options, {target, prices}, arguments, quiet);
  if (scorer.offers_likelihoods() == std::optional(false)) {
    std::cerr << text(
        "note: {} was asked for its choices in words: acc is that of its answers, and "
        "figures of probabilities mean nothing\n",
        model.name);
  }
  return out;
}

Judged judge_target(const std::string& target, const std::optional<std::string>& adapter,
                    const TaskArguments& arguments, bool quiet) {
  const double started = unix_now();
  const auto hosted = evaluate::hosted_model(target);
  Judged out = hosted ? judge_hosted(target, *hosted, arguments, quiet)
                      : judge_local(resolve_model(target, adapter), arguments, quiet);
  keep_judged(out.json, target, arguments, started);
  return out;
}

}  // namespace

evaluate::TaskOptions task_options(const TaskArguments& arguments, const std::string& identity,
                                   bool quiet) {
  evaluate::TaskOptions options;
  options.data_folders = data_folders(arguments.data_folders);
  options.shots = arguments.num_fewshot;
  options.limit = arguments.limit;
  options.shot_seed = arguments.fewshot_seed;
  options.limits.batch_tokens = arguments.batch_tokens;
  options.model = identity;
  if (!arguments.judge.model.empty()) {
    options.judge =
        open_judge(judge_of(arguments), compute_config(arguments), arguments.hosted, quiet);
  }
  if (!arguments.contamination.empty()) options.tuning = tuning_texts(arguments.contamination);
  return options;
}

Judged judge_asked(const evaluate::Asker& ask, const evaluate::TaskOptions& options,
                   const JudgedBy& by, const TaskArguments& arguments, bool quiet) {
  const std::vector<evaluate::TaskFile> tasks = tasks_of(arguments);
  Judged out;
  for (const evaluate::TaskFile& task : tasks) {
    const double begun = unix_now();
    TaskStore store(arguments.output, task);
    TaskProgress progress(task.name, quiet);
    out.results.push_back(
        run_task(ask, task, options, store.saved(),
                 [&](const evaluate::TaskRow& row, std::int64_t done, std::int64_t all) {
                   store.add(row);
                   progress.show(done, all);
                 }));
    out.results.back().seconds = unix_now() - begun;
    out.results.back().service = evaluate::service_of(out.results.back().rows, by.prices);
    store.finish(out.results.back());
  }
  out.json = results_json(tasks, out.results, by.model);
  if (!arguments.output.empty()) {
    write_reports(arguments.output, tasks, by.model, out);
  }
  return out;
}

std::vector<evaluate::TaskResult> judge_tasks(const std::string& target,
                                              const std::optional<std::string>& adapter,
                                              const TaskArguments& arguments, bool quiet) {
  return judge_target(target, adapter, arguments, quiet).results;
}

ExitCode run_tasks(const std::string& target, const std::optional<std::string>& adapter,
                   const TaskArguments& arguments, const Common& common) {
  const Judged judged = judge_target(target, adapter, arguments, common.quiet || common.json);
  if (common.json) {
    std::cout << to_text(judged.json) << std::endl;
    return ExitCode::kDone;
  }
  for (const evaluate::TaskResult& result : judged.results) {
    print_figures(result);
    if (result.service) {
      std::cout << text("{:<28} {}\n", result.task, evaluate::service_text(*result.service));
    }
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
