#include "train/loop.h"

#include <algorithm>
#include <cmath>
#include <csignal>

#include "base/error.h"
#include "batch/pack.h"
#include "monitor/log.h"
#include "optim/schedule.h"
#include "train/step.h"

namespace fettle::train {
namespace {

// What the loop carries from step to step.
struct Progress {
  RunState state;
  fs::path last_checkpoint;
  Figures last_figures;
  std::int64_t evaluated_at = -1;
};

monitor::Event event_of(monitor::Kind kind) {
  monitor::Event event;
  event.kind = kind;
  return event;
}

bool due(const std::string& strategy, std::int64_t every, const batch::Loader& loader,
         std::int64_t step) {
  if (strategy == "steps") return step % every == 0;
  if (strategy == "epoch") return step % loader.steps_per_epoch() == 0;
  return false;
}

void emit(Run& run, const batch::Loader& loader, Progress& progress, monitor::Event event) {
  event.step = progress.state.step;
  event.total_steps = loader.total_steps();
  event.epoch = loader.epoch_at(progress.state.step);
  event.unix_time = run.clock();
  run.monitor.write(event);
  run.history.push_back(std::move(event));
}

// Whether `value` is better than the best so far by more than the threshold.
bool improves(const Run& run, const RunState& state, double value) {
  if (!state.best_metric) return true;
  const bool greater =
      run.train.greater_is_better.value_or(!run.train.metric_for_best_model.ends_with("loss"));
  const double gain = greater ? value - *state.best_metric : *state.best_metric - value;
  return gain > run.train.early_stopping_threshold;
}

void judge(Run& run, Progress& progress) {
  const std::string& wanted = run.train.metric_for_best_model;
  const auto found = std::find_if(progress.last_figures.begin(), progress.last_figures.end(),
                                  [&](const auto& figure) { return figure.first == wanted; });
  if (found == progress.last_figures.end()) return;
  RunState& state = progress.state;
  if (improves(run, state, found->second)) {
    state.best_metric = found->second;
    state.best_step = state.step;
    state.evaluations_without_gain = 0;
  } else {
    ++state.evaluations_without_gain;
  }
  const std::int64_t patience = run.train.early_stopping_patience;
  state.stopped_early = patience > 0 && state.evaluations_without_gain >= patience;
}

void evaluate_now(Run& run, const batch::Loader& loader, Progress& progress) {
  if (progress.evaluated_at == progress.state.step) return;
  progress.evaluated_at = progress.state.step;
  progress.last_figures = run.evaluate();
  if (progress.last_figures.empty()) return;
  monitor::Event event = event_of(monitor::Kind::kEvaluation);
  for (const auto& [name, value] : progress.last_figures) event.fields.emplace_back(name, value);
  judge(run, progress);
  emit(run, loader, progress, std::move(event));
}

bool save_is_due(const Run& run, const batch::Loader& loader, const RunState& state) {
  return state.step == loader.total_steps() || state.stopped_early ||
         due(run.train.save_strategy, run.train.save_steps, loader, state.step);
}

// scheduled: false when the run is saved because it was stopped.
monitor::Event save_event(const SavedCheckpoint& saved, bool scheduled) {
  monitor::Event event = event_of(monitor::Kind::kCheckpoint);
  event.fields = {{"path", saved.folder.string()},
                  {"bytes", static_cast<std::int64_t>(saved.bytes)},
                  {"scheduled", scheduled}};
  return event;
}

// A run that was killed right after a save has the checkpoint, but neither told of it nor rotated.
void complete_save(Run& run, const batch::Loader& loader, Progress& progress,
                   const SavedCheckpoint& saved) {
  const std::int64_t step = progress.state.step;
  std::error_code error;
  const fs::path own = run.output_dir / text("checkpoint-{}", step);
  if (!fs::equivalent(saved.folder, own, error)) return;
  settle_checkpoints(run.output_dir, run.train.save_total_limit, progress.state);
  const bool told =
      std::any_of(run.history.begin(), run.history.end(), [&](const monitor::Event& event) {
        return event.kind == monitor::Kind::kCheckpoint && event.step == step;
      });
  if (!told && save_is_due(run, loader, progress.state)) {
    emit(run, loader, progress, save_event(saved, true));
  }
}

void save_now(Run& run, const batch::Loader& loader, Progress& progress, bool scheduled) {
  const double started = run.clock();
  run.monitor.flush();
  const SavedCheckpoint saved = save_checkpoint(run.output_dir,
                                                {progress.state, monitor::log_history(run.history),
                                                 run.recipe, run.base_fingerprint, run.write_model},
                                                run.parameters, run.optimizer);
  progress.last_checkpoint = saved.folder;
  settle_checkpoints(run.output_dir, run.train.save_total_limit, progress.state);
  monitor::Event event = save_event(saved, scheduled);
  event.fields.emplace_back("seconds", run.clock() - started);
  emit(run, loader, progress, std::move(event));
}

void report_step(Run& run, const batch::Loader& loader, Progress& progress,
                 const StepReport& report, double learning_rate, double seconds) {
  if (!report.applied) {
    monitor::Event warning = event_of(monitor::Kind::kWarning);
    warning.fields = {{"message", text("step {} skipped: loss {} and gradient norm {} are not both "
                                       "finite",
                                       progress.state.step, report.loss, report.grad_norm)}};
    emit(run, loader, progress, std::move(warning));
  }
  if (progress.state.step % run.train.logging_steps != 0) return;
  monitor::Event event = event_of(monitor::Kind::kStep);
  event.fields = {
      {"loss", report.loss},
      {"learning_rate", learning_rate},
      {"grad_norm", report.grad_norm},
      {"tokens", report.unshared_tokens},
      {"computed_tokens", report.computed_tokens},
      {"tokens_per_second", static_cast<double>(report.unshared_tokens) / std::max(seconds, 1e-9)},
      {"memory_bytes", static_cast<std::int64_t>(tensor::peak_memory_bytes())}};
  emit(run, loader, progress, std::move(event));
}

void take_step(Run& run, const batch::Loader& loader, Progress& progress) {
  RunState& state = progress.state;
  const double started = run.clock();
  // The schedule follows applied steps: a skipped one does not advance it.
  const double rate =
      optim::learning_rate(run.optim, state.step - state.skipped_steps, loader.total_steps());
  const auto seed = static_cast<std::uint64_t>(run.train.seed) * 1'000'003U +
                    static_cast<std::uint64_t>(state.step) * 4096U;
  const std::vector<batch::Pack> packs = packs_of(run.examples, loader, run.batch, state.step);
  const StepReport report =
      train_step(run.decoder, run.objective, packs, run.parameters, run.optimizer,
                 {.learning_rate = rate,
                  .max_grad_norm = run.optim.max_grad_norm,
                  .dropout_seed = seed,
                  .recomputed_layers = run.recomputed_layers});
  ++state.step;
  state.scored_tokens += report.scored_tokens;
  state.computed_tokens += report.computed_tokens;
  state.skipped_steps += report.applied ? 0 : 1;
  state.nonfinite_in_a_row = report.applied ? 0 : state.nonfinite_in_a_row + 1;
  report_step(run, loader, progress, report, rate, run.clock() - started);
  if (state.nonfinite_in_a_row >= std::max<std::int64_t>(1, run.train.max_nonfinite_steps)) {
    throw DataError(
        "step {}: loss or gradient was not finite {} times in a row; lower "
        "train.learning_rate, or look for broken rows with fettle show data",
        state.step, state.nonfinite_in_a_row);
  }
}

void announce(Run& run, const batch::Loader& loader, Progress& progress) {
  monitor::Event event = event_of(monitor::Kind::kRunStarted);
  event.fields = {{"total_steps", loader.total_steps()},
                  {"rows", static_cast<std::int64_t>(run.examples.size())},
                  {"seed", run.train.seed}};
  emit(run, loader, progress, std::move(event));
}

void conclude(Run& run, const batch::Loader& loader, Progress& progress, const char* state) {
  monitor::Event event = event_of(monitor::Kind::kRunFinished);
  event.fields = {{"state", std::string(state)},
                  {"skipped_steps", progress.state.skipped_steps},
                  {"scored_tokens", progress.state.scored_tokens},
                  {"computed_tokens", progress.state.computed_tokens}};
  emit(run, loader, progress, std::move(event));
  run.monitor.flush();
}

}  // namespace

std::vector<batch::Pack> packs_of(std::span<const batch::Example> examples,
                                  const batch::Loader& loader, const batch::BatchConfig& config,
                                  std::int64_t step) {
  std::vector<batch::Pack> packs;
  for (const std::vector<std::int64_t>& rows : loader.micro_batches(step)) {
    std::vector<const batch::Example*> chosen;
    for (const std::int64_t row : rows) chosen.push_back(&examples[static_cast<std::size_t>(row)]);
    if (config.packing) {
      packs.push_back(batch::make_pack(chosen, {.share_prefix = config.share_prefix}));
      continue;
    }
    for (const batch::Example* example : chosen) {
      packs.push_back(batch::make_pack(std::span(&example, 1), {}));
    }
  }
  return packs;
}

batch::Loader make_loader(const Run& run) {
  return batch::Loader(static_cast<std::int64_t>(run.examples.size()),
                       {.per_device_train_batch_size = run.batch.per_device_train_batch_size,
                        .gradient_accumulation_steps = run.batch.gradient_accumulation_steps,
                        .num_train_epochs = run.train.num_train_epochs,
                        .max_steps = std::max<std::int64_t>(0, run.train.max_steps),
                        .seed = static_cast<std::uint64_t>(run.train.seed)});
}

RunResult train(Run& run, const LoadedCheckpoint* from) {
  const batch::Loader loader = make_loader(run);
  Progress progress;
  if (from != nullptr) progress.state = from->state;
  announce(run, loader, progress);
  if (from != nullptr) {
    progress.last_checkpoint = from->saved.folder;
    complete_save(run, loader, progress, from->saved);
  } else if (run.train.eval_on_start) {
    evaluate_now(run, loader, progress);
  }
  RunState& state = progress.state;
  while (state.step < loader.total_steps() && !state.stopped_early) {
    take_step(run, loader, progress);
    const bool last = state.step == loader.total_steps();
    const bool evaluates = run.train.eval_strategy != "no";
    if (evaluates &&
        (last || due(run.train.eval_strategy, run.train.eval_steps, loader, state.step))) {
      evaluate_now(run, loader, progress);
    }
    const bool interrupted = run.stop_signal.load() != 0;
    const bool scheduled = save_is_due(run, loader, state);
    if (scheduled || interrupted) save_now(run, loader, progress, scheduled);
    if (interrupted && !last) {
      conclude(run, loader, progress, "interrupted");
      throw Interrupted(
          "stopped after step {} of {}; everything is saved in {}: go on with --resume", state.step,
          loader.total_steps(), progress.last_checkpoint);
    }
  }
  conclude(run, loader, progress, state.stopped_early ? "stopped early" : "done");
  return {state, loader.total_steps(), progress.last_checkpoint};
}

}  // namespace fettle::train
