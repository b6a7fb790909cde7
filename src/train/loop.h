// The training loop: next rows, step, report, maybe evaluate, maybe save, stop?
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "batch/config.h"
#include "batch/example.h"
#include "batch/loader.h"
#include "batch/pack.h"
#include "model/decoder.h"
#include "monitor/event.h"
#include "objective/objective.h"
#include "optim/optimizer.h"
#include "train/checkpoint.h"
#include "train/config.h"

namespace fettle::train {

using Figures = std::vector<std::pair<std::string, double>>;

// All that a run works with; made in app/, so that nothing below it knows the recipe.
struct Run {
  model::Decoder& decoder;
  const objective::Objective& objective;
  std::vector<optim::Parameter> parameters;
  optim::Optimizer& optimizer;
  const std::vector<batch::Example>& examples;
  TrainConfig train;
  batch::BatchConfig batch;
  optim::OptimConfig optim;
  fs::path output_dir;
  std::string recipe;  // frozen, for the checkpoints
  std::string base_fingerprint;
  // Writes weights or adapter into a checkpoint's folder.
  std::function<void(const fs::path&)> write_model;
  // Held-out figures: eval_loss, eval_perplexity, ...; empty when there is nothing to evaluate on.
  std::function<Figures()> evaluate;
  monitor::Sink& monitor;
  std::function<double()> clock;        // seconds since 1970
  std::int64_t recomputed_layers = 0;   // see nn::Mode
  const std::atomic<int>& stop_signal;  // 0, or the signal that asks the run to stop
  std::vector<monitor::Event> history;  // of the run so far; grows with it
};

struct RunResult {
  RunState state;
  std::int64_t total_steps = 0;
  fs::path last_checkpoint;
};

// The packs that a step of the rows computes, a micro-batch each, or a row each without packing.
[[nodiscard]] std::vector<batch::Pack> packs_of(std::span<const batch::Example> examples,
                                                const batch::Loader& loader,
                                                const batch::BatchConfig& config,
                                                std::int64_t step);

// The loader that a run's configuration asks for.
[[nodiscard]] batch::Loader make_loader(const Run& run);

// Trains from where `from` stands (a fresh run: nullptr) to the end. Throws Interrupted, after
// saving, when stop_signal is set; DataError when the loss stays non-finite.
[[nodiscard]] RunResult train(Run& run, const LoadedCheckpoint* from);

}  // namespace fettle::train
