#include "app/train_run.h"

#include <unistd.h>

#include <cmath>
#include <iostream>

#include "adapt/lora.h"
#include "adapt/peft.h"
#include "adapt/trainable.h"
#include "app/assemble.h"
#include "app/battery.h"
#include "app/eval_files.h"
#include "app/interrupt.h"
#include "app/run_folder.h"
#include "app/run_index.h"
#include "app/run_plan.h"
#include "app/sinks.h"
#include "evaluate/evaluate.h"
#include "evaluate/held_out.h"
#include "monitor/judgement.h"
#include "monitor/log.h"
#include "release/model_folder.h"
#include "tensor/kernels/cpu/product.h"
#include "train/loop.h"

namespace fettle::app {
namespace {

// Everything a run holds on to, in the order that it is made.
struct Parts {
  recipe::Recipe recipe;
  Common common;
  const std::atomic<int>& signal;
  RunFolder folder = {};
  model::TextSide text = {};
  data::LoadedData data = {};
  std::vector<batch::Example> examples = {};
  std::vector<batch::Example> eval_examples = {};
  model::Decoder decoder = {};
  adapt::MethodConfig method = {};  // the recipe's, or that of the adapter gone on from
  std::vector<optim::Parameter> parameters = {};
  std::string base_fingerprint = {};
  std::unique_ptr<optim::Optimizer> optimizer = {};
  std::int64_t recomputed_layers = 0;
  bool not_stored = false;  // the list of runs cannot be written
};

void say(const Parts& parts, const std::string& line) {
  if (!parts.common.quiet) std::cerr << line << std::endl;
}

void load_rows(Parts& parts) {
  const recipe::Recipe& recipe = parts.recipe;
  parts.text = model::open_text_side(recipe.model.model_name_or_path, recipe.model.chat_template);
  parts.data = app::load_rows(recipe);
  const batch::TextSide view = text_view(parts.text);
  batch::ExampleReport report;
  parts.examples = batch::build_examples(parts.data.train.rows, view, recipe.train.batch, report);
  check_examples(report, recipe.data.max_bad_rows, parts.data.train.name);
  say(parts, text("to train on: {}", batch::summary(report)));
  if (parts.data.report.held_out_together > 0) {
    say(parts, text("val_size: {} rows were held out along with rows that they repeat or nearly "
                    "repeat",
                    with_commas(parts.data.report.held_out_together)));
  }
  if (parts.data.report.eval_rows_in_train > 0) {
    say(parts, text("warning: {} evaluation rows are also trained on, word for word",
                    parts.data.report.eval_rows_in_train));
  }
  if (!parts.data.report.class_weights.empty()) {
    std::string weights;
    for (const auto& [label, weight] : parts.data.report.class_weights) {
      weights += text("{}{} {:.4g}", weights.empty() ? "" : ", ", label, weight);
    }
    say(parts, "class weights: " + weights);
  }
  if (parts.data.eval.rows.empty()) return;
  batch::ExampleReport eval_report;
  parts.eval_examples =
      batch::build_examples(parts.data.eval.rows, view, recipe.train.batch, eval_report);
  check_examples(eval_report, recipe.data.max_bad_rows, parts.data.eval.name);
  say(parts, text("held out: {}", batch::summary(eval_report)));
}

// Before anything is loaded whole.
void plan_memory(Parts& parts) {
  const Compute compute = make_compute(parts.recipe.model);
  const RunPlan plan = plan_run(parts.recipe, parts.examples, compute);
  check_fits(plan, parts.recipe, parts.examples, compute);
  parts.recomputed_layers = plan.plan.recomputed_layers;
  say(parts, "memory: " + memory_text(plan.plan));
}

void load_model(Parts& parts) {
  const recipe::Recipe& recipe = parts.recipe;
  if (recipe.model.adapter_name_or_path && recipe.method.finetuning_type != "lora") {
    throw UsageError(
        "method.finetuning_type is {}, and model.adapter_name_or_path names an adapter; fold it "
        "into the base with fettle merge and train the result",
        recipe.method.finetuning_type);
  }
  const Compute compute = make_compute(recipe.model);
  const model::ModelFiles files(recipe.model.model_name_or_path);
  // What is trained whole begins with the file's own numbers, whatever it is computed in.
  const bool whole = recipe.method.finetuning_type == "full";
  parts.decoder = model::load_decoder(files, {compute.device, whole ? at::kFloat : compute.dtype});
  parts.decoder.compute_type = compute.dtype;
  parts.base_fingerprint = files.fingerprint();
  parts.method = recipe.method;
  if (recipe.model.adapter_name_or_path) {
    parts.method = adapt::read_peft(*recipe.model.adapter_name_or_path, parts.decoder).method;
  } else if (recipe.method.finetuning_type == "lora") {
    adapt::add_lora(parts.decoder, recipe.method,
                    static_cast<std::uint64_t>(recipe.train.loop.seed));
  }
  parts.parameters = adapt::make_trainable(parts.decoder, parts.method);
  parts.optimizer = optim::make_optimizer(recipe.train.optim);
  say(parts,
      text("{} on {} in {}, {} threads{}", recipe.model.model_name_or_path, compute.device.str(),
           tensor::dtype_name(compute.dtype), tensor::threads(),
           compute.device.is_cpu() ? text(", {} kernels", tensor::cpu::kernels_name()) : ""));
}

// Weights or adapter as a checkpoint keeps them: the float32 masters.
void write_model(Parts& parts, const fs::path& folder) {
  const std::string& base = parts.recipe.model.model_name_or_path;
  if (parts.recipe.method.finetuning_type == "lora") {
    adapt::write_peft(folder, parts.decoder, parts.method, base);
    return;
  }
  release::write_weights(folder, parts.decoder, {});
  model::write_text_files(base, folder);
}

evaluate::Report judge(Parts& parts, const std::string& name) {
  const evaluate::Task task{parts.data.eval, text_view(parts.text), parts.recipe.train.batch,
                            parts.recipe.evaluate,
                            static_cast<std::uint64_t>(parts.recipe.train.loop.seed)};
  const double started = unix_now();
  const bool live = !parts.common.quiet && ::isatty(STDERR_FILENO) == 1;
  evaluate::Report report =
      evaluate::evaluate(parts.decoder, task, [&](std::int64_t done, std::int64_t rows) {
        if (parts.signal.load() != 0) {
          throw Interrupted("stopped while judging the model {} training; go on with --resume",
                            name);
        }
        if (live) std::cerr << text("\r{}: {} of {} rows judged ", name, done, rows) << std::flush;
      });
  if (live) std::cerr << "\r\033[K";
  report.seconds = unix_now() - started;
  write_evaluation(parts.folder.path, name, report);
  return report;
}

train::Figures held_out_figures(Parts& parts) {
  if (parts.eval_examples.empty()) return {};
  const auto rows = parts.recipe.train.batch.per_device_eval_batch_size;
  const auto loss = evaluate::held_out_loss(parts.decoder, parts.eval_examples, rows);
  train::Figures figures = {{"eval_loss", loss.mean()}, {"eval_perplexity", std::exp(loss.mean())}};
  evaluate::EvaluateConfig others = parts.recipe.evaluate;
  std::erase(others.metrics, "loss");
  if (others.metrics.empty()) return figures;
  const evaluate::Task task{parts.data.eval, text_view(parts.text), parts.recipe.train.batch,
                            others, static_cast<std::uint64_t>(parts.recipe.train.loop.seed)};
  for (const evaluate::Figure& figure : evaluate::evaluate(parts.decoder, task).figures) {
    figures.emplace_back("eval_" + figure.name, figure.value);
  }
  return figures;
}

train::Run make_run(Parts& parts, const objective::Objective& objective, monitor::Sink& sinks) {
  return {.decoder = parts.decoder,
          .objective = objective,
          .parameters = parts.parameters,
          .optimizer = *parts.optimizer,
          .examples = parts.examples,
          .train = parts.recipe.train.loop,
          .batch = parts.recipe.train.batch,
          .optim = parts.recipe.train.optim,
          .output_dir = parts.folder.path,
          .recipe = recipe::dump_recipe(parts.recipe),
          .base_fingerprint = parts.base_fingerprint,
          .write_model = [&parts](const fs::path& folder) { write_model(parts, folder); },
          .evaluate = [&parts] { return held_out_figures(parts); },
          .monitor = sinks,
          .clock = unix_now,
          .recomputed_layers = parts.recomputed_layers,
          .stop_signal = parts.signal,
          .history = {}};
}

// Restores the checkpoint found, after checking that it belongs to this recipe and base.
std::optional<train::LoadedCheckpoint> restore(Parts& parts) {
  for (const std::string& note : parts.folder.notes) say(parts, "passed over: " + note);
  if (!parts.folder.resume_from) {
    say(parts, "no checkpoint to go on from; starting anew");
    return std::nullopt;
  }
  const fs::path& folder = *parts.folder.resume_from;
  check_same_recipe(read_file(folder / "recipe.yaml"), parts.recipe, folder);
  train::LoadedCheckpoint loaded =
      train::load_checkpoint(folder, parts.parameters, *parts.optimizer);
  if (loaded.base_fingerprint != parts.base_fingerprint) {
    throw UsageError(
        "{}: belongs to another base model than {}; name the one that the run began "
        "with",
        folder, parts.recipe.model.model_name_or_path);
  }
  say(parts, text("going on after step {} from {}", loaded.state.step, folder));
  return loaded;
}

// The run's result: the last state, or the best checkpoint's where the recipe asks for it.
void finish(Parts& parts, const train::RunResult& result) {
  const bool best = parts.recipe.train.loop.load_best_model_at_end && result.state.best_metric;
  if (best && result.state.best_step != result.state.step) {
    const fs::path folder = parts.folder.path / text("checkpoint-{}", result.state.best_step);
    (void)train::load_checkpoint(folder, parts.parameters, *parts.optimizer);
    say(parts, text("the result is the best checkpoint, of step {}", result.state.best_step));
  }
  write_model(parts, parts.folder.path);
}

bool has_battery(const Parts& parts) { return !parts.recipe.evaluate.battery.empty(); }

BatteryRun battery_of(const Parts& parts) {
  return {parts.recipe.evaluate, parts.folder.path, parts.common.quiet, parts.signal};
}

// Of a run that goes on, what was judged before its training stands in its folder.
void judge_battery(Parts& parts, const std::string& part, std::int64_t step) {
  const evaluate::Scorer scorer{
      parts.decoder,
      {*parts.text.tokenizer, parts.decoder.config.max_position_embeddings},
      stop_ids(parts.decoder.config, parts.text),
      parts.text.eos_token};
  judge_battery(battery_of(parts), part, scorer,
                text("{} at step {}", parts.base_fingerprint, step));
}

void print_forgotten(const Parts& parts, const Forgotten& forgotten) {
  if (parts.common.quiet || forgotten.text.empty()) return;
  std::cout << "\nWhat the model could do before, on tasks that it was not trained on (paired, 95% "
            << "intervals):\n"
            << forgotten.text;
}

void print_result(const Parts& parts, const train::RunResult& result,
                  const std::optional<evaluate::Report>& before,
                  const std::optional<evaluate::Report>& after,
                  const std::optional<Forgotten>& forgotten) {
  if (parts.common.json) {
    Json json = {{"output_dir", parts.folder.path.string()},
                 {"step", result.state.step},
                 {"skipped_steps", result.state.skipped_steps}};
    if (before) json["before"] = evaluate::to_json(*before);
    if (after) json["after"] = evaluate::to_json(*after);
    if (forgotten) json["battery"] = forgotten->json;
    std::cout << to_text(json) << std::endl;
    return;
  }
  if (parts.common.quiet) return;
  if (after) {
    std::cout << "\nOn " << parts.data.eval.rows.size() << " rows that were not trained on (with "
              << "95% intervals):\n"
              << evaluate::figures_text(*after, before ? &*before : nullptr);
    if (parts.recipe.evaluate.confusion && after->confusion) {
      std::cout << "\nAnswers after training:\n" << evaluate::confusion_text(*after);
    }
  }
  if (forgotten) print_forgotten(parts, *forgotten);
  const auto events = monitor::read_events(parts.folder.path / "events.jsonl").events;
  std::cout << "\n"
            << monitor::findings_text(monitor::judge_curve(monitor::curve_points(events)))
            << "\nThe run lies in " << parts.folder.path.string() << std::endl;
}

// Trains from the checkpoint, or from the start, and writes the result.
train::RunResult train_parts(Parts& parts, const std::optional<train::LoadedCheckpoint>& from) {
  const train::TrainConfig& loop = parts.recipe.train.loop;
  SinkOptions sinks{.folder = parts.folder.path,
                    .title = parts.folder.path.filename().string(),
                    .quiet = parts.common.quiet,
                    .unix_time = unix_now(),
                    .log_every = loop.logging_steps,
                    .resumed_after = {}};
  std::vector<monitor::Event> history;
  if (from) {
    sinks.resumed_after = from->state.step;
    history = monitor::truncate_after(parts.folder.path / "events.jsonl", from->state.step).events;
  }
  const auto monitor = make_sinks(sinks, history);
  const auto objective = objective::objectives()[0].make();
  train::Run run = make_run(parts, *objective, *monitor);
  run.history = std::move(history);
  train::RunResult result = train::train(run, from ? &*from : nullptr);
  finish(parts, result);
  return result;
}

// Never ends a run, nor takes the place of what ended it: a folder that nothing could be written to
// holds nothing to keep.
void keep_in_store(Parts& parts, const std::string& state, const std::string& option) {
  store::Run run;
  try {
    run = run_of_folder(parts.folder.path);
  } catch (const Error&) {
    return;
  }
  if (!state.empty()) run.state = state;
  if (run.started == 0) run.started = unix_now();
  // Of two failures to keep it one is told.
  if (!keep_run(run, option, !parts.not_stored)) parts.not_stored = true;
}

// Before, training, after.
void train_and_judge(Parts& parts, const TrainOptions& options) {
  const bool resumes = options.resume || parts.recipe.train.loop.resume_from_checkpoint;
  const std::optional<train::LoadedCheckpoint> from =
      resumes ? restore(parts) : std::optional<train::LoadedCheckpoint>();
  write_file_atomically(parts.folder.path / "recipe.yaml", recipe::dump_recipe(parts.recipe));
  keep_in_store(parts, "begun", options.store);
  const bool judges = !parts.data.eval.rows.empty();
  std::optional<evaluate::Report> before;
  if (judges && parts.recipe.evaluate.before_training) {
    before = from ? read_evaluation(parts.folder.path, "before") : judge(parts, "before");
  }
  if (has_battery(parts) && !from) judge_battery(parts, "before", 0);
  const train::RunResult result = train_parts(parts, from);
  std::optional<evaluate::Report> after;
  if (judges && parts.recipe.evaluate.after_training) after = judge(parts, "after");
  std::optional<Forgotten> forgotten;
  if (has_battery(parts)) {
    judge_battery(parts, "after", result.state.step);
    forgotten = what_was_forgotten(battery_of(parts));
    if (!forgotten)
      say(parts, "the battery was not judged before training; nothing to compare with");
  }
  print_result(parts, result, before, after, forgotten);
}

}  // namespace

ExitCode run_training(const recipe::Loaded& loaded, const TrainOptions& options,
                      const Common& common) {
  Parts parts{.recipe = loaded.recipe, .common = common, .signal = watch_signals()};
  for (const std::string& note : loaded.notes) say(parts, note);
  check_battery(parts.recipe.evaluate, parts.recipe.model.model_name_or_path);
  if (options.plan_only) {
    load_rows(parts);
    print_plan(parts.recipe, parts.examples, parts.data.report, common);
    return ExitCode::kDone;
  }
  parts.folder = take_run_folder(parts.recipe, options.resume, options.overwrite);
  load_rows(parts);
  throw_if_interrupted(parts.signal);
  plan_memory(parts);
  load_model(parts);
  try {
    train_and_judge(parts, options);
  } catch (const Interrupted&) {
    keep_in_store(parts, "interrupted", options.store);
    throw;
  } catch (const std::exception&) {
    keep_in_store(parts, "failed", options.store);
    throw;
  }
  keep_in_store(parts, "", options.store);
  return ExitCode::kDone;
}

}  // namespace fettle::app
