#include "recipe/check.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "base/format.h"
#include "data/class_weights.h"

namespace fettle::recipe {
namespace {

using Conflicts = std::vector<Conflict>;

void check_model(const Recipe& recipe, Conflicts& out) {
  const model::ModelConfig& model = recipe.model;
  if (model.model_name_or_path.empty()) {
    out.push_back(
        {"model.model_name_or_path", "model_name_or_path is empty; name a model's folder"});
  }
  const std::string_view device = model.device;
  const std::string_view index = device.substr(std::min<std::size_t>(device.size(), 5));
  const bool numbered =
      device.starts_with("cuda:") && !index.empty() && index.size() <= 3 &&
      std::all_of(index.begin(), index.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (device != "auto" && device != "cpu" && device != "cuda" && !numbered) {
    out.push_back(
        {"model.device", text("device is \"{}\"; allowed: auto, cpu, cuda, cuda:N", device)});
  }
}

void check_data(const Recipe& recipe, Conflicts& out) {
  const data::DataConfig& data = recipe.data;
  if (data.dataset.empty()) {
    out.push_back({"data.dataset", "dataset names no file; name at least one"});
  }
  if (const auto weights = data::parse_class_weights(data.class_weights); !weights) {
    out.push_back({"data.class_weights", weights.error().what});
  }
  if (!data.eval_dataset.empty() && data.val_size > 0) {
    out.push_back(
        {"data.val_size", "val_size and eval_dataset are both given; keep one of the two"});
  }
}

// Keys of LoRA that differ from their defaults would be without effect.
void check_method(const Recipe& recipe, Conflicts& out) {
  const adapt::MethodConfig& method = recipe.method;
  if (method.finetuning_type != "lora") {
    const adapt::MethodConfig usual;
    const auto idle = [&](bool differs, std::string_view key) {
      if (!differs) return;
      out.push_back({text("method.{}", key),
                     text("{} has no effect with finetuning_type: {}; take it away, or say lora",
                          key, method.finetuning_type)});
    };
    idle(method.lora_rank != usual.lora_rank, "lora_rank");
    idle(method.lora_alpha != usual.lora_alpha, "lora_alpha");
    idle(method.lora_dropout != usual.lora_dropout, "lora_dropout");
    idle(method.lora_target != usual.lora_target, "lora_target");
    idle(method.exclude_modules != usual.exclude_modules, "exclude_modules");
    idle(method.use_rslora != usual.use_rslora, "use_rslora");
  } else if (method.lora_target.empty()) {
    out.push_back({"method.lora_target", "lora_target names no module; say all-linear or names"});
  }
}

void check_schedule(const Recipe& recipe, Conflicts& out) {
  const optim::OptimConfig& optim = recipe.train.optim;
  if (optim.warmup_ratio > 0 && optim.warmup_steps > 0) {
    out.push_back({"train.warmup_ratio",
                   "warmup_ratio and warmup_steps are both given; keep one of the two"});
  }
  if (optim.lr_scheduler_type == "constant" && (optim.warmup_ratio > 0 || optim.warmup_steps > 0)) {
    out.push_back({"train.lr_scheduler_type",
                   "lr_scheduler_type: constant has no warmup; say constant_with_warmup"});
  }
  const train::TrainConfig& loop = recipe.train.loop;
  if (loop.max_steps == 0) {
    out.push_back({"train.max_steps", "max_steps is 0; allowed: -1 (not given) or at least 1"});
  }
  if (loop.max_steps > 0 && optim.warmup_steps > loop.max_steps) {
    out.push_back({"train.warmup_steps", text("warmup_steps is {}, but the run ends after {}",
                                              optim.warmup_steps, loop.max_steps)});
  }
}

void check_evaluation(const Recipe& recipe, Conflicts& out) {
  const train::TrainConfig& loop = recipe.train.loop;
  const bool rows = has_eval_rows(recipe.data);
  const auto needs_rows = [&](bool asked, std::string_view path, std::string_view key) {
    if (!asked || rows) return;
    out.push_back({std::string(path),
                   text("{} needs rows to evaluate on; give eval_dataset or val_size in section "
                        "\"data\"",
                        key)});
  };
  needs_rows(loop.eval_strategy != "no", "train.eval_strategy", "eval_strategy");
  needs_rows(loop.eval_on_start, "train.eval_on_start", "eval_on_start");
  needs_rows(recipe.evaluate.before_training, "evaluate.before_training", "before_training");
  needs_rows(recipe.evaluate.after_training, "evaluate.after_training", "after_training");
  if (loop.early_stopping_patience > 0 && loop.eval_strategy == "no") {
    out.push_back({"train.early_stopping_patience",
                   "early_stopping_patience needs evaluations; set eval_strategy to steps or "
                   "epoch"});
  }
}

// The best checkpoint can only be loaded if each one saved was evaluated at its step.
void check_best(const Recipe& recipe, Conflicts& out) {
  const train::TrainConfig& loop = recipe.train.loop;
  if (!loop.load_best_model_at_end) return;
  const std::string key = "train.load_best_model_at_end";
  if (loop.eval_strategy == "no") {
    out.push_back({key,
                   "load_best_model_at_end needs evaluations; set eval_strategy to steps or "
                   "epoch"});
  } else if (loop.save_strategy != loop.eval_strategy) {
    out.push_back({key, text("load_best_model_at_end needs save_strategy and eval_strategy to be "
                             "the same; they are {} and {}",
                             loop.save_strategy, loop.eval_strategy)});
  } else if (loop.eval_strategy == "steps" && loop.save_steps % loop.eval_steps != 0) {
    out.push_back({key, text("load_best_model_at_end needs save_steps to be a multiple of "
                             "eval_steps; they are {} and {}",
                             loop.save_steps, loop.eval_steps)});
  }
}

}  // namespace

bool has_eval_rows(const data::DataConfig& data) {
  const bool wordnet =
      data.dataset_format == "wordnet" ||
      std::find(data.dataset.begin(), data.dataset.end(), "wordnet") != data.dataset.end();
  return !data.eval_dataset.empty() || data.val_size > 0 ||
         (wordnet && data.wordnet_eval_rows_per_class > 0);
}

std::vector<Conflict> check(const Recipe& recipe) {
  Conflicts out;
  check_model(recipe, out);
  check_data(recipe, out);
  check_method(recipe, out);
  check_schedule(recipe, out);
  check_evaluation(recipe, out);
  check_best(recipe, out);
  return out;
}

}  // namespace fettle::recipe
