#include "train/checkpoint.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <utility>

#include "base/error.h"
#include "tensor/weights.h"
#include "train/manifest.h"

namespace fettle::train {
namespace {

constexpr const char* kState = "fettle_state.json";
constexpr const char* kOptimizer = "optimizer.safetensors";
constexpr const char* kRecipe = "recipe.yaml";
constexpr const char* kTrainerState = "trainer_state.json";

Json to_json(const CheckpointParts& parts, std::int64_t optimizer_steps) {
  const RunState& state = parts.state;
  Json json = {{"version", 1},
               {"step", state.step},
               {"optimizer_steps", optimizer_steps},
               {"skipped_steps", state.skipped_steps},
               {"nonfinite_in_a_row", state.nonfinite_in_a_row},
               {"scored_tokens", state.scored_tokens},
               {"computed_tokens", state.computed_tokens},
               {"best_metric", nullptr},
               {"best_step", state.best_step},
               {"evaluations_without_gain", state.evaluations_without_gain},
               {"stopped_early", state.stopped_early},
               {"base_fingerprint", parts.base_fingerprint}};
  if (state.best_metric) json["best_metric"] = *state.best_metric;
  return json;
}

// The part of Hugging Face's trainer_state.json that other tools read.
Json trainer_state(const CheckpointParts& parts) {
  const RunState& state = parts.state;
  Json json = {{"global_step", state.step},
               {"best_metric", nullptr},
               {"best_global_step", state.best_step},
               {"num_input_tokens_seen", state.computed_tokens},
               {"log_history", parts.log_history}};
  if (state.best_metric) json["best_metric"] = *state.best_metric;
  return json;
}

void write_optimizer(const fs::path& path, const optim::Optimizer& optimizer) {
  std::vector<Tensor> held;
  std::vector<tensor::TensorEntry> entries;
  for (const auto& [name, value] : optimizer.state()) {
    held.push_back(value.to(at::kCPU).contiguous());
    entries.push_back(tensor::entry_of(name, held.back()));
  }
  tensor::write_safetensors(path, entries, {});
}

// Says so before anything is written when the disk is plainly too small.
void check_space(const fs::path& folder, std::span<const optim::Parameter> parameters) {
  std::uint64_t needed = 1 << 20;
  for (const optim::Parameter& parameter : parameters) needed += 3 * parameter.value.nbytes();
  struct statvfs status {};
  if (::statvfs(folder.c_str(), &status) != 0) return;
  const std::uint64_t free = std::uint64_t{status.f_bavail} * status.f_frsize;
  if (free < needed + needed / 10) {
    throw IoError(
        "{}: a checkpoint takes about {} and {} are free; free space or set another "
        "train.output_dir",
        folder, byte_size(needed), byte_size(free));
  }
}

// A checkpoint of the same step that is there already (a damaged one that was passed over) makes
// way for the new one.
void put_in_place(const fs::path& temporary, const fs::path& final_path) {
  const fs::path old = text("{}.replaced.tmp-{}", final_path.string(), ::getpid());
  const bool replaces = fs::exists(final_path);
  if (replaces) rename_folder(final_path, old);
  rename_folder(temporary, final_path);
  std::error_code ignored;
  if (replaces) fs::remove_all(old, ignored);
}

std::int64_t integer(const Json& json, const char* key, const fs::path& path) {
  const Json* value = find(json, key);
  if (value == nullptr || !value->is_number_integer()) {
    throw ModelError("{}: \"{}\" is missing or no integer", path, key);
  }
  return value->get<std::int64_t>();
}

RunState read_state(const Json& json, const fs::path& path) {
  RunState state;
  state.step = integer(json, "step", path);
  state.skipped_steps = integer(json, "skipped_steps", path);
  state.nonfinite_in_a_row = integer(json, "nonfinite_in_a_row", path);
  state.scored_tokens = integer(json, "scored_tokens", path);
  state.computed_tokens = integer(json, "computed_tokens", path);
  state.best_step = integer(json, "best_step", path);
  state.evaluations_without_gain = integer(json, "evaluations_without_gain", path);
  const Json* best = find(json, "best_metric");
  if (best != nullptr && best->is_number()) state.best_metric = best->get<double>();
  const Json* stopped = find(json, "stopped_early");
  state.stopped_early = stopped != nullptr && *stopped == true;
  return state;
}

std::vector<tensor::SafetensorsFile> model_weights(const fs::path& folder) {
  const bool adapter = fs::exists(folder / "adapter_model.safetensors");
  return tensor::open_safetensors_folder(folder, adapter ? "adapter_model" : "model");
}

// Reads every parameter before any is changed.
std::vector<Tensor> read_parameters(const fs::path& folder,
                                    std::span<const optim::Parameter> parameters) {
  const auto weights = tensor::weights_of(model_weights(folder));
  std::vector<Tensor> out;
  for (const optim::Parameter& parameter : parameters) {
    const Tensor value = weights->read(parameter.name);
    if (value.sizes() != parameter.value.sizes()) {
      throw ModelError("{}: tensor \"{}\" has shape {}; this run trains {}", folder, parameter.name,
                       tensor::shape_text(value.sizes()),
                       tensor::shape_text(parameter.value.sizes()));
    }
    out.push_back(value);
  }
  return out;
}

std::map<std::string, Tensor> read_optimizer(const fs::path& path) {
  const tensor::SafetensorsFile file(path);
  std::map<std::string, Tensor> out;
  for (const tensor::TensorEntry& entry : file.entries()) {
    out[entry.name] = tensor::mapped_tensor(entry, file.mapping());
  }
  return out;
}

}  // namespace

SavedCheckpoint save_checkpoint(const fs::path& output_dir, const CheckpointParts& parts,
                                std::span<const optim::Parameter> parameters,
                                const optim::Optimizer& optimizer) {
  check_space(output_dir, parameters);
  const fs::path final_path = output_dir / text("checkpoint-{}", parts.state.step);
  const fs::path temporary = text("{}.tmp-{}", final_path.string(), ::getpid());
  try {
    make_folders(temporary);
    parts.write_model(temporary);
    write_optimizer(temporary / kOptimizer, optimizer);
    write_file_atomically(temporary / kRecipe, parts.recipe);
    write_file_atomically(temporary / kTrainerState, to_text(trainer_state(parts), 2) + "\n");
    write_file_atomically(temporary / kState, to_text(to_json(parts, optimizer.steps()), 2) + "\n");
    const std::uint64_t bytes = write_manifest(temporary);
    put_in_place(temporary, final_path);
    return {final_path, bytes};
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw;
  }
}

Result<bool> verify_checkpoint(const fs::path& folder) { return verify_manifest(folder); }

LoadedCheckpoint load_checkpoint(const fs::path& folder,
                                 std::span<const optim::Parameter> parameters,
                                 optim::Optimizer& optimizer) {
  if (const Result<bool> good = verify_checkpoint(folder); !good) {
    throw ModelError("{}; choose another checkpoint", good.error().message());
  }
  const Json json = read_json_file(folder / kState);
  LoadedCheckpoint out;
  out.saved = {folder, listed_bytes(folder)};
  out.state = read_state(json, folder / kState);
  out.recipe = read_file(folder / kRecipe);
  if (const Json* print = find(json, "base_fingerprint"); print && print->is_string()) {
    out.base_fingerprint = print->get<std::string>();
  }
  const std::vector<Tensor> values = read_parameters(folder, parameters);
  optimizer.load_state(parameters, read_optimizer(folder / kOptimizer),
                       integer(json, "optimizer_steps", folder / kState));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Tensor target = parameters[i].value.detach();
    target.copy_(values[i]);
  }
  return out;
}

}  // namespace fettle::train
