#include "evaluate/evaluate.h"

#include <iostream>

#include "app/assemble.h"
#include "app/eval_files.h"
#include "app/evaluate_tasks.h"
#include "app/run_index.h"
#include "app/sinks.h"
#include "app/verb.h"

namespace fettle::app {
namespace {

struct EvaluateArguments {
  std::string target;
  std::optional<std::string> adapter;
  std::string recipe;
  std::vector<std::string> data;
  std::vector<std::string> metrics;
  std::vector<std::string> set;
  std::string output;
  TaskArguments tasks;
};

std::string quoted(const std::string& value) { return to_text(Json(value)); }

std::string list_of(const std::vector<std::string>& values) {
  std::vector<std::string> out;
  for (const std::string& value : values) out.push_back(quoted(value));
  return "[" + join(out, ", ") + "]";
}

// The recipe that says which rows and which figures: the given one, a run's own, or none.
recipe::Recipe recipe_of(const EvaluateArguments& arguments, const NamedModel& named) {
  std::vector<std::string> set = arguments.set;
  set.push_back("model.model_name_or_path=" + quoted(named.base.string()));
  if (!arguments.metrics.empty()) set.push_back("evaluate.metrics=" + list_of(arguments.metrics));
  if (!arguments.data.empty()) {
    set.push_back("data.dataset=" + list_of(arguments.data));
    set.push_back("data.eval_dataset=[]");
    set.push_back("data.val_size=0");
  }
  const fs::path own = fs::path(arguments.target) / "recipe.yaml";
  std::error_code error;
  if (!arguments.recipe.empty()) return recipe::load_recipe(arguments.recipe, set).recipe;
  if (fs::is_regular_file(own, error)) return recipe::load_recipe(own, set).recipe;
  if (arguments.data.empty()) {
    throw UsageError("{}: which rows? Give --data FILE or --recipe FILE, or name a run's folder",
                     arguments.target);
  }
  return recipe::read_recipe("{}", "command line", set).recipe;
}

ExitCode judge_rows(const EvaluateArguments& arguments, const Common& common) {
  const NamedModel named = resolve_model(arguments.target, arguments.adapter);
  const recipe::Recipe recipe = recipe_of(arguments, named);
  const auto seed = static_cast<std::uint64_t>(recipe.train.loop.seed);
  const model::TextSide side = model::open_text_side(named.base, recipe.model.chat_template);
  const data::LoadedData data = load_rows(recipe);
  const model::Decoder decoder = load_named(named, make_compute(recipe.model));
  const data::Dataset& rows = data.eval.rows.empty() ? data.train : data.eval;
  const double started = unix_now();
  evaluate::Report report = evaluate::evaluate(
      decoder, {rows, text_view(side), recipe.train.batch, recipe.evaluate, seed});
  report.seconds = unix_now() - started;
  if (!arguments.output.empty()) write_evaluation(arguments.output, "evaluation", report);
  const Json json = evaluate::to_json(report);
  keep_run(run_of_results(json, {.model = arguments.target,
                                 .data = rows.name,
                                 .folder = arguments.output,
                                 .seed = recipe.train.loop.seed,
                                 .started = started,
                                 .seconds = report.seconds}),
           arguments.tasks.store);
  if (common.json) {
    std::cout << to_text(json) << std::endl;
    return ExitCode::kDone;
  }
  std::cout << text("{} rows of {} in {} (with 95% intervals)\n", rows.rows.size(), rows.name,
                    duration(report.seconds))
            << evaluate::figures_text(report);
  if (recipe.evaluate.confusion && report.confusion) {
    std::cout << "\n" << evaluate::confusion_text(report);
  }
  return ExitCode::kDone;
}

ExitCode run_evaluate(const EvaluateArguments& arguments, const Common& common) {
  if (!arguments.tasks.tasks.empty()) {
    TaskArguments tasks = arguments.tasks;
    tasks.output = arguments.output;
    tasks.judge.rates_all = true;
    return run_tasks(arguments.target, arguments.adapter, tasks, common);
  }
  if (evaluate::hosted_model(arguments.target)) {
    throw UsageError("{}: a model behind an address is judged on tasks; give --tasks",
                     arguments.target);
  }
  return judge_rows(arguments, common);
}

}  // namespace

std::function<ExitCode()> add_evaluate(CLI::App& command, const Common& common) {
  const auto arguments = std::make_shared<EvaluateArguments>();
  command
      .add_option("target", arguments->target,
                  "model folder, GGUF file, adapter folder or run folder; with --tasks "
                  "openai:NAME@ADDRESS too")
      ->required();
  command.add_option("--adapter", arguments->adapter, "adapter folder in PEFT's format");
  command.add_option("--recipe", arguments->recipe,
                     "recipe whose data and evaluate sections count");
  command.add_option("--data", arguments->data, "files of rows in place of the recipe's");
  command.add_option("--metrics", arguments->metrics, "figures; fettle show metrics lists them");
  command.add_option("--set", arguments->set, "key=value over the recipe; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--output", arguments->output,
                     "folder for the figures and each row: eval/evaluation.json, or TASK.json and "
                     "TASK.samples.jsonl, from which an interrupted evaluation goes on");
  add_task_options(command, arguments->tasks);
  return [arguments, &common] { return run_evaluate(*arguments, common); };
}

}  // namespace fettle::app
