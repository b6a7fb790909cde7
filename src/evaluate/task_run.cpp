#include "evaluate/task_run.h"

#include <cmath>

#include "base/error.h"
#include "base/hash.h"
#include "evaluate/task_data.h"
#include "evaluate/task_states.h"

namespace fettle::evaluate {
namespace {

std::string hash_of(const TaskFile& task, const Question& question, const TaskOptions& options) {
  Json all = {options.model, std::string(kind_name(task.kind)), question.contexts,
              question.continuations};
  if (!question.free_contexts.empty()) all.push_back(question.free_contexts);
  if (task.kind == TaskKind::kRolling) all.push_back(task.stride);
  for (const TaskMetric& metric : task.metrics) {
    if (metric.name == kTokenAccuracy) all.push_back(metric.name);
  }
  if (task.kind == TaskKind::kGenerate) {
    all.push_back({task.until, task.max_gen_toks, task.temperature, task.samples,
                   options.limits.seed, question.row});
  }
  return xxh3_128(to_text(all));
}

std::vector<Question> questions_of(const Asker& asker, const TaskFile& task,
                                   const std::vector<Json>& rows, const TaskOptions& options) {
  std::vector<Json> shots;
  if (task.num_fewshot > 0) shots = read_split(task, task.shots_split(), options.data_folders);
  if (!shots.empty() && task.shot_rule == ShotRule::kStates && !asker.states) {
    throw UsageError(
        "task {}: examples by hidden states need a model on this machine; choose another "
        "--fewshot_sampler",
        task.name);
  }
  return make_questions(task, rows, shots,
                        {task.num_fewshot, options.shot_seed, options.form, asker.states},
                        options.limit);
}

// A score that is no number is no answer, right or wrong.
void check_numbers(const TaskFile& task, const TaskRow& row, const Said& said) {
  for (const double value : said.log_likelihoods) {
    if (!std::isnan(value)) continue;
    throw DataError(
        "task {}: row {}: a likelihood is no number; the model's weights are broken, or its type "
        "is too narrow: try --dtype float32",
        task.name, row.question.row);
  }
}

void describe(const TaskFile& task, const TaskOptions& options, TaskResult& out) {
  out.task = task.name;
  out.group = task.group;
  out.version = task.version;
  out.kind = kind_name(task.kind);
  out.shots = task.num_fewshot;
  out.shot_seed = options.shot_seed;
  out.prompt = {{"chat_template", options.form.chat_template != nullptr},
                {"fewshot_as_multiturn", options.form.multiturn},
                {"system_instruction", options.form.system},
                {"sampler", std::string(name_of(task.shot_rule))},
                {"order", std::string(name_of(task.shot_order))}};
  if (!task.content_free.empty()) out.prompt["calibration"] = task.content_free;
  if (task.kind == TaskKind::kRolling) out.prompt["stride"] = task.stride;
  out.slices = task.slices;
  out.figures = figures_of(task, out.rows, options.bootstrap);
  if (options.tuning)
    out.contamination = look_for(*options.tuning, task, out.rows, options.bootstrap);
}

}  // namespace

Asker asker(const Scorer& scorer) {
  return {[&scorer](const TaskFile& task, std::span<const Question> questions,
                    const ScoreLimits& limits,
                    const OnSaid& on_said) { ask_all(scorer, task, questions, limits, on_said); },
          [&scorer](const std::vector<std::string>& texts) {
            return mean_states(scorer, texts, ScoreLimits{}.batch_tokens);
          }};
}

TaskResult run_task(const Asker& asker, TaskFile task, const TaskOptions& options,
                    const SavedRows& saved, const OnTaskRow& on_row) {
  if (options.shots) task.num_fewshot = *options.shots;
  const std::vector<Json> rows = read_split(task, task.judged_split(), options.data_folders);
  std::vector<Question> questions = questions_of(asker, task, rows, options);
  TaskResult out;
  out.rows.resize(questions.size());
  std::vector<Question> open;
  std::vector<std::size_t> place;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    TaskRow& row = out.rows[i];
    row.hash = hash_of(task, questions[i], options);
    row.doc = rows[questions[i].row];
    const auto found = saved.find(row.hash);
    if (found != saved.end() && found->second.question.choices == questions[i].choices) {
      row.said = found->second.said;
    } else {
      open.push_back(questions[i]);
      place.push_back(i);
    }
    row.question = std::move(questions[i]);
  }
  auto done = static_cast<std::int64_t>(out.rows.size() - open.size());
  asker.ask(task, open, options.limits, [&](std::size_t at, const Said& said) {
    TaskRow& row = out.rows[place[at]];
    check_numbers(task, row, said);
    row.said = said;
    on_row(row, ++done, static_cast<std::int64_t>(out.rows.size()));
  });
  score_rows(task, options.judge, out.rows);
  describe(task, options, out);
  return out;
}

}  // namespace fettle::evaluate
