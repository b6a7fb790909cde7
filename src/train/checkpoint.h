// Checkpoints that survive anything: written aside, synced, listed with sums in a manifest,
// renamed. A folder without a manifest that verifies is never believed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "base/result.h"
#include "optim/optimizer.h"

namespace fettle::train {

// Where a run stands, beside its tensors. Everything else follows from the recipe and the step.
struct RunState {
  std::int64_t step = 0;           // optimizer steps whose rows are used up
  std::int64_t skipped_steps = 0;  // of them not applied: loss or norm was not finite
  std::int64_t nonfinite_in_a_row = 0;
  std::int64_t scored_tokens = 0;
  std::int64_t computed_tokens = 0;
  std::optional<double> best_metric;
  std::int64_t best_step = 0;
  std::int64_t evaluations_without_gain = 0;
  bool stopped_early = false;
};

struct CheckpointParts {
  RunState state;
  Json log_history = Json::array();  // Hugging Face's trainer_state.json form
  std::string recipe;                // frozen, YAML
  std::string base_fingerprint;      // of the base model's files
  // Writes the weights or the adapter into a folder.
  std::function<void(const fs::path&)> write_model;
};

// Writes output_dir/checkpoint-<step>. Throws IoError; output_dir then holds nothing new under a
// final name. Returns the folder and its size.
struct SavedCheckpoint {
  fs::path folder;
  std::uint64_t bytes = 0;
};
[[nodiscard]] SavedCheckpoint save_checkpoint(const fs::path& output_dir,
                                              const CheckpointParts& parts,
                                              std::span<const optim::Parameter> parameters,
                                              const optim::Optimizer& optimizer);

// A problem naming the file and what differs, if the folder is no whole checkpoint.
[[nodiscard]] Result<bool> verify_checkpoint(const fs::path& folder);

struct LoadedCheckpoint {
  SavedCheckpoint saved;
  RunState state;
  std::string recipe;
  std::string base_fingerprint;
};
// Verifies, then restores parameters (their float32 masters) and optimizer in place. Throws
// ModelError naming the file, tensor and difference; nothing is changed then.
[[nodiscard]] LoadedCheckpoint load_checkpoint(const fs::path& folder,
                                               std::span<const optim::Parameter> parameters,
                                               optim::Optimizer& optimizer);

// The folders checkpoint-<n> of a run, by step.
[[nodiscard]] std::vector<std::pair<std::int64_t, fs::path>> list_checkpoints(const fs::path& run);

// The newest whole checkpoint. Those passed over are described in `passed_over`.
[[nodiscard]] std::optional<fs::path> latest_checkpoint(const fs::path& run,
                                                        std::vector<std::string>& passed_over);

// Removes what killed writers left, *.tmp-<pid>, from the run's folder and its eval/. Call with the
// folder's lock held and before anything is written there.
void sweep_temporaries(const fs::path& run);

// Keeps the newest `limit` checkpoints up to state.step, the best one and those that hold a file
// named "pinned"; limit 0 keeps all. Later ones are left alone: a run that fell back from a damaged
// one gets there again. Call only after that of state.step is durable.
void rotate_checkpoints(const fs::path& run, std::int64_t limit, const RunState& state);

// Points output_dir/<name> ("best", "last") at a checkpoint, atomically.
void point_at(const fs::path& run, const std::string& name, const fs::path& checkpoint);

// What follows a save: points "last" and "best" at the checkpoints they are now, then rotates. May
// be repeated, so that a resumed run ends what a killed one began.
void settle_checkpoints(const fs::path& run, std::int64_t limit, const RunState& state);

}  // namespace fettle::train
