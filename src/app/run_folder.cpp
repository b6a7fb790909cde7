#include "app/run_folder.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "recipe/field_info.h"
#include "recipe/load.h"
#include "train/checkpoint.h"

namespace fettle::app {
namespace {

bool holds_a_run(const fs::path& folder) {
  return fs::exists(folder / "events.jsonl") || fs::exists(folder / "recipe.yaml");
}

bool is_empty_but_for_lock(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != ".lock") return false;
  }
  return true;
}

// Whether a run writes a file or folder of this name into its own folder.
bool is_part_of_a_run(const std::string& name) {
  constexpr std::array kNames = {".lock",
                                 "recipe.yaml",
                                 "events.jsonl",
                                 "curves.svg",
                                 "curves.png",
                                 "tb",
                                 "eval",
                                 "best",
                                 "last",
                                 "config.json",
                                 "generation_config.json",
                                 "model.safetensors.index.json",
                                 "adapter_config.json",
                                 "adapter_model.safetensors",
                                 "model.safetensors",
                                 "tokenizer.json",
                                 "tokenizer_config.json",
                                 "special_tokens_map.json",
                                 "added_tokens.json",
                                 "chat_template.jinja"};
  const bool shard = name.starts_with("model-") && name.ends_with(".safetensors");
  return shard || name.starts_with("checkpoint-") || name.find(".tmp-") != std::string::npos ||
         std::any_of(kNames.begin(), kNames.end(),
                     [&](const char* known) { return name == known; });
}

void refuse_other_files(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (is_part_of_a_run(name)) continue;
    throw UsageError(
        "{}: holds {}, which is no part of a run and would be lost; move it away, or set another "
        "train.output_dir",
        folder, name);
  }
}

// Killed anywhere, what is left is a run still, without a half-removed checkpoint: the recipe goes
// last, and everything gets a temporary's name first.
void empty_folder(const fs::path& folder) {
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != ".lock") entries.push_back(entry.path());
  }
  std::partition(entries.begin(), entries.end(),
                 [](const fs::path& path) { return path.filename() != "recipe.yaml"; });
  for (const fs::path& path : entries) {
    const fs::path doomed = text("{}.tmp-{}", path.string(), ::getpid());
    std::error_code error;
    fs::rename(path, doomed, error);
    if (!error) fs::remove_all(doomed, error);
    if (error) throw IoError("{}: cannot remove: {}", path, error.message());
  }
}

void find_checkpoint(const recipe::Recipe& recipe, RunFolder& folder) {
  const auto& asked = recipe.train.loop.resume_from_checkpoint;
  if (asked && *asked != "latest") {
    const Result<bool> good = train::verify_checkpoint(*asked);
    if (!good) throw UsageError("{}; name another checkpoint", good.error().message());
    folder.resume_from = fs::path(*asked);
    return;
  }
  folder.resume_from = train::latest_checkpoint(folder.path, folder.notes);
}

// Keys that say where and how fast, not what: they may differ between the parts of a run.
bool may_differ(const std::string& path) {
  constexpr std::array kFree = {"model.model_name_or_path",
                                "model.num_threads",
                                "train.output_dir",
                                "train.resume_from_checkpoint",
                                "train.save_total_limit",
                                "train.logging_steps",
                                "train.per_device_eval_batch_size",
                                "train.gradient_checkpointing",
                                "train.max_memory_gb",
                                "data.wordnet_folder"};
  return path.starts_with("evaluate.") ||
         std::any_of(kFree.begin(), kFree.end(), [&](const char* key) { return path == key; });
}

}  // namespace

RunFolder take_run_folder(const recipe::Recipe& recipe, bool resume, bool overwrite) {
  RunFolder folder;
  folder.path = recipe.train.loop.output_dir;
  if (resume && overwrite) throw UsageError("--resume and --overwrite contradict each other");
  make_folders(folder.path);
  folder.lock = std::make_unique<FolderLock>(folder.path);
  train::sweep_temporaries(folder.path);
  const bool empty = is_empty_but_for_lock(folder.path);
  if (!empty && !holds_a_run(folder.path)) {
    throw UsageError("{}: holds files that are no run of fettle; set another train.output_dir",
                     folder.path);
  }
  if (resume || recipe.train.loop.resume_from_checkpoint) {
    find_checkpoint(recipe, folder);
    return folder;
  }
  if (empty) return folder;
  if (!overwrite) {
    throw UsageError(
        "{}: holds a run already; go on with --resume, replace it with --overwrite, or "
        "set another train.output_dir",
        folder.path);
  }
  refuse_other_files(folder.path);
  empty_folder(folder.path);
  return folder;
}

void check_same_recipe(const std::string& frozen, const recipe::Recipe& now,
                       const fs::path& checkpoint) {
  const recipe::Recipe before = recipe::read_recipe(frozen, checkpoint.string()).recipe;
  const recipe::FieldTable old_table = recipe::describe(before);
  const recipe::FieldTable new_table = recipe::describe(now);
  std::vector<std::string> changed;
  for (std::size_t i = 0; i < new_table.fields.size(); ++i) {
    const std::string path = new_table.fields[i].path();
    if (may_differ(path)) continue;
    if (old_table.fields[i].value != new_table.fields[i].value) changed.push_back(path);
  }
  if (!changed.empty()) {
    throw UsageError(
        "{}: was made with other values of {}; resuming would change the run: use the "
        "same recipe, or start anew with --overwrite",
        checkpoint, join(changed, ", "));
  }
}

}  // namespace fettle::app
