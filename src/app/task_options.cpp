// What the command line says about tasks, and what it names.
#include <algorithm>
#include <cstdlib>

#include "app/evaluate_tasks.h"
#include "app/sinks.h"
#include "app/task_files.h"
#include "base/error.h"
#include "data/match/reference_rows.h"

namespace fettle::app {
namespace {

void add_prompt_options(CLI::App& command, TaskArguments& arguments) {
  command.add_option("--fewshot_sampler,--fewshot-sampler", arguments.fewshot_sampler,
                     "which solved examples: default (drawn), first_n, bm25 (likest by words), "
                     "hidden (likest to the model), balanced (by class); the task's own");
  command.add_option("--fewshot_order,--fewshot-order", arguments.fewshot_order,
                     "order of the examples: chosen, reversed, split, shortest; the task's own");
  command.add_flag("--apply_chat_template,--apply-chat-template", arguments.apply_chat_template,
                   "write prompts by the model's chat template");
  command.add_flag("--fewshot_as_multiturn,--fewshot-as-multiturn", arguments.fewshot_as_multiturn,
                   "with the template: each solved example as two turns");
  command.add_option("--system_instruction,--system-instruction", arguments.system_instruction,
                     "text before the tasks' descriptions");
  command.add_flag("--calibrate", arguments.calibrate,
                   "also judge choices by likelihoods over those after inputs without content");
  command
      .add_option("--stride", arguments.stride,
                  "rolling likelihood by windows that begin so many tokens apart; 0: disjoint ones")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 24));
  command
      .add_option("--max_length,--max-length", arguments.max_length,
                  "tokens of context; the model's own")
      ->check(CLI::Range(std::int64_t{2}, std::int64_t{1} << 24));
  command.add_option("--cluster", arguments.cluster,
                     "columns: rows with equal values share a source, and intervals heed it");
  command.add_option("--contamination", arguments.contamination,
                     "run folder or file of rows: also judge without the rows that it holds");
}

std::string text_of(const data::Row& row) {
  std::string out = data::all_text(row.messages);
  for (const std::string* part : {&row.prompt, &row.completion, &row.text}) {
    if (part->empty()) continue;
    if (!out.empty()) out += '\n';
    out += *part;
  }
  return out;
}

// The metric `judge` for each task with written answers, unless it has a judge of its own.
void add_ratings(const JudgeArguments& judge, std::vector<evaluate::TaskFile>& tasks) {
  bool any = false;
  for (evaluate::TaskFile& task : tasks) {
    if (task.kind != evaluate::TaskKind::kGenerate) continue;
    any = true;
    const bool own = std::ranges::any_of(task.metrics, [](const evaluate::TaskMetric& metric) {
      return metric.kind == evaluate::MetricKind::kJudge;
    });
    if (own) continue;
    evaluate::TaskMetric metric{"judge", {{"judge", judge_rubric(judge)}}};
    if (!judge.human.empty()) metric.options["human"] = judge.human;
    if (!judge.pattern.empty()) metric.options["template"] = judge_pattern(judge);
    task.metrics.push_back(std::move(metric));
    evaluate::find_own(task, "task " + task.name);
  }
  if (any) return;
  throw UsageError(
      "--judge {}: a judge reads written answers, and none of the tasks has any; give tasks of "
      "output_type generate_until",
      judge.model);
}

}  // namespace

void add_task_options(CLI::App& command, TaskArguments& arguments) {
  command.add_option("--tasks", arguments.tasks,
                     "tasks by name, by group or as .yaml files, by commas; fettle show tasks");
  command.add_option("--data_dir,--data-dir", arguments.data_folders,
                     "folders of the tasks' data sets, in the hub's layout (FETTLE_DATA)");
  command
      .add_option("--num_fewshot,--num-fewshot", arguments.num_fewshot,
                  "solved examples before each question, in place of the task's own")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{10'000}));
  command.add_option("--limit", arguments.limit, "the first N rows of each task alone")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
  command.add_option("--fewshot_seed,--fewshot-seed", arguments.fewshot_seed,
                     "seed of the examples' choice (1234)");
  command
      .add_option("--batch_tokens,--batch-tokens", arguments.batch_tokens,
                  "tokens that are computed together, about (4096)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 24));
  add_prompt_options(command, arguments);
  command.add_option("--device", arguments.device, "auto, cpu, cuda or cuda:N");
  command.add_option("--dtype", arguments.dtype, "auto, float32 or bfloat16");
  command.add_option("--threads", arguments.num_threads, "CPU threads; 0: all cores");
  add_store_option(command, arguments.store);
  add_hosted_options(command, arguments.hosted);
  add_judge_options(command, arguments.judge);
}

std::vector<fs::path> data_folders(const std::vector<std::string>& given) {
  std::vector<fs::path> out(given.begin(), given.end());
  for (const fs::path& folder : out) {
    if (!fs::is_directory(folder)) throw UsageError("--data_dir {}: is no folder", folder);
  }
  const char* const named = std::getenv("FETTLE_DATA");
  const std::string list = named == nullptr ? "" : named;
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = std::min(list.find(':', begin), list.size());
    if (end > begin) out.emplace_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  out.emplace_back(".");
  return out;
}

std::vector<evaluate::TaskFile> tasks_of(const TaskArguments& arguments) {
  std::vector<evaluate::TaskFile> tasks = load_tasks(arguments.tasks);
  for (evaluate::TaskFile& task : tasks) {
    task.num_fewshot = arguments.num_fewshot.value_or(task.num_fewshot);
    task.stride = arguments.stride.value_or(task.stride);
    if (!arguments.cluster.empty()) task.clusters = arguments.cluster;
    const std::string& sampler = arguments.fewshot_sampler;
    const std::string& order = arguments.fewshot_order;
    if (!sampler.empty()) task.shot_rule = evaluate::shot_rule(sampler);
    if (!order.empty()) task.shot_order = evaluate::shot_order(order);
    if (arguments.calibrate) evaluate::calibrate(task, task.content_free);
  }
  if (arguments.judge.rates_all && !arguments.judge.model.empty()) {
    add_ratings(arguments.judge, tasks);
  }
  evaluate::name_scorers(tasks, arguments.judge.model);
  return tasks;
}

JudgeArguments judge_of(const TaskArguments& arguments) {
  JudgeArguments out = arguments.judge;
  if (out.cache.empty() && !arguments.output.empty()) {
    out.cache = (fs::path(arguments.output) / "judge").string();
  }
  return out;
}

model::ModelConfig compute_config(const TaskArguments& arguments) {
  model::ModelConfig config;
  config.device = arguments.device;
  config.dtype = arguments.dtype;
  config.num_threads = arguments.num_threads;
  return config;
}

evaluate::PromptForm prompt_form(const TaskArguments& arguments, const model::TextSide& side) {
  evaluate::PromptForm form;
  form.system = arguments.system_instruction;
  form.multiturn = arguments.fewshot_as_multiturn;
  form.bos_token = side.bos_token;
  form.eos_token = side.eos_token;
  form.unix_time = static_cast<std::int64_t>(unix_now());
  if (form.multiturn && !arguments.apply_chat_template) {
    throw UsageError("--fewshot_as_multiturn: needs --apply_chat_template");
  }
  if (!arguments.apply_chat_template) return form;
  if (!side.chat_template) {
    throw UsageError("--apply_chat_template: the model has no chat template; leave it out");
  }
  form.chat_template = &*side.chat_template;
  return form;
}

evaluate::TuningTexts tuning_texts(const std::string& source) {
  evaluate::TuningTexts out{source, {}};
  const fs::path recipe = fs::path(source) / "recipe.yaml";
  std::error_code error;
  if (fs::is_directory(source, error)) {
    if (!fs::is_regular_file(recipe, error)) {
      throw UsageError("--contamination {}: is no run's folder: it has no recipe.yaml", source);
    }
    const recipe::Recipe run = recipe::load_recipe(recipe).recipe;
    const auto seed = static_cast<std::uint64_t>(run.train.loop.seed);
    for (const data::Row& row : data::load_dataset(run.data, seed).train.rows) {
      out.texts.push_back(text_of(row));
    }
    return out;
  }
  for (data::ReferenceRow& row : data::read_reference_rows(source)) {
    out.texts.push_back(std::move(row.text));
  }
  return out;
}

}  // namespace fettle::app
