// A run small enough to be repeated in a test: a tiny decoder with LoRA, random rows, a clock that
// counts its calls and a sink that keeps the events, beside the log that every run writes.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapt/lora.h"
#include "adapt/peft.h"
#include "adapt/trainable.h"
#include "monitor/jsonl.h"
#include "monitor/log.h"
#include "tests/model/support.h"
#include "tests/model/tiny_decoder.h"
#include "train/loop.h"

namespace fettle::train {

// Keeps what it is told, hands it to the log if there is one, and calls `on_event` after each.
struct Recorder final : monitor::Sink {
  std::vector<monitor::Event> events;
  std::unique_ptr<monitor::JsonlSink> log;
  std::function<void(const monitor::Event&)> on_event;

  void write(const monitor::Event& event) override {
    events.push_back(event);
    if (log) log->write(event);
    if (on_event) on_event(event);
  }
};

// Rows of unequal length, scored from the middle on.
inline std::vector<batch::Example> small_rows(std::size_t count) {
  std::vector<batch::Example> rows;
  for (std::size_t i = 0; i < count; ++i) {
    batch::Example row;
    row.ids = model::random_ids(4 + (i * 5) % 13, text("row-{}", i));
    row.scored.assign(row.ids.size(), 0);
    for (std::size_t k = row.ids.size() / 2; k < row.ids.size(); ++k) row.scored[k] = 1;
    rows.push_back(std::move(row));
  }
  return rows;
}

inline adapt::MethodConfig small_method(double dropout = 0) {
  adapt::MethodConfig method;
  method.lora_rank = 4;
  method.lora_alpha = 8;
  method.lora_dropout = dropout;
  return method;
}

class SmallRun {
 public:
  explicit SmallRun(const fs::path& output_dir, double dropout = 0)
      : method_(small_method(dropout)), output_dir_(output_dir) {
    make_folders(output_dir);
    adapt::add_lora(decoder, method_, 11);
    parameters = adapt::make_trainable(decoder, method_);
    optim.learning_rate = 0.02;
    optim.warmup_steps = 1;
    optimizer = optim::make_optimizer(optim);
    train.max_steps = 6;
    train.seed = 5;
    batch.per_device_train_batch_size = 2;
    batch.gradient_accumulation_steps = 2;
  }

  [[nodiscard]] Run run() {
    return {
        .decoder = decoder,
        .objective = *objective,
        .parameters = parameters,
        .optimizer = *optimizer,
        .examples = examples,
        .train = train,
        .batch = batch,
        .optim = optim,
        .output_dir = output_dir_,
        .recipe = "a: recipe\n",
        .base_fingerprint = "base",
        .write_model =
            [this](const fs::path& folder) { adapt::write_peft(folder, decoder, method_, "base"); },
        .evaluate = evaluate,
        .monitor = recorder,
        .clock = [this] { return 1000.0 + ++ticks_; },
        .stop_signal = stop,
        .history = history};
  }

  RunResult go(const LoadedCheckpoint* from = nullptr) {
    Run all = run();
    return fettle::train::train(all, from);
  }

  // Begins the run's log.
  void log_to(const fs::path& path) {
    recorder.log = std::make_unique<monitor::JsonlSink>(path, monitor::JsonlSink::Start::kNew);
  }

  // Goes on from a checkpoint and its log, in this object's own, fresh tensors.
  RunResult resume(const fs::path& folder, const fs::path& log) {
    const LoadedCheckpoint loaded = load_checkpoint(folder, parameters, *optimizer);
    history = monitor::truncate_after(log, loaded.state.step).events;
    recorder.log = std::make_unique<monitor::JsonlSink>(log, monitor::JsonlSink::Start::kContinue);
    return go(&loaded);
  }

  model::Decoder decoder = model::tiny_decoder();
  std::unique_ptr<objective::Objective> objective = objective::objectives()[0].make();
  std::vector<batch::Example> examples = small_rows(10);
  std::vector<optim::Parameter> parameters;
  std::unique_ptr<optim::Optimizer> optimizer;
  TrainConfig train;
  batch::BatchConfig batch;
  optim::OptimConfig optim;
  Recorder recorder;
  std::atomic<int> stop = 0;
  std::vector<monitor::Event> history;
  std::function<Figures()> evaluate = [] { return Figures{}; };

 private:
  adapt::MethodConfig method_;
  fs::path output_dir_;
  double ticks_ = 0;
};

inline std::vector<Tensor> copies(const std::vector<optim::Parameter>& parameters) {
  std::vector<Tensor> out;
  for (const optim::Parameter& parameter : parameters) {
    out.push_back(parameter.value.detach().clone());
  }
  return out;
}

inline double largest_change(const std::vector<optim::Parameter>& parameters,
                             const std::vector<Tensor>& before) {
  double largest = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    largest = std::max(largest, model::largest_difference(parameters[i].value.detach(), before[i]));
  }
  return largest;
}

// The steps whose events are of `kind`.
inline std::vector<std::int64_t> steps_of(const std::vector<monitor::Event>& events,
                                          monitor::Kind kind) {
  std::vector<std::int64_t> out;
  for (const monitor::Event& event : events) {
    if (event.kind == kind) out.push_back(event.step);
  }
  return out;
}

}  // namespace fettle::train
