// The training loop: how long, when to evaluate, save, log and stop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fields.h"

namespace fettle::train {

struct TrainConfig {
  std::string output_dir;  // empty: runs/<the recipe's name>
  double num_train_epochs = 3;
  std::int64_t max_steps = -1;
  std::int64_t seed = 42;
  std::string eval_strategy = "no";
  std::int64_t eval_steps = 500;
  bool eval_on_start = false;
  std::string save_strategy = "epoch";
  std::int64_t save_steps = 500;
  std::int64_t save_total_limit = 0;
  std::int64_t logging_steps = 1;
  bool load_best_model_at_end = false;
  std::string metric_for_best_model = "eval_loss";
  std::optional<bool> greater_is_better;
  std::int64_t early_stopping_patience = 0;
  double early_stopping_threshold = 0;
  std::optional<std::string> resume_from_checkpoint;
  std::int64_t max_nonfinite_steps = 3;
  std::string gradient_checkpointing = "auto";
  double max_memory_gb = 0;

  template <class Visitor>
  void fields(Visitor& v) {
    length_fields(v);
    evaluation_fields(v);
    saving_fields(v);
    best_fields(v);
    memory_fields(v);
    v("resume_from_checkpoint", resume_from_checkpoint,
      {.help = "latest, or the folder of a checkpoint to go on from",
       .spellings = {{"true", "latest"}}});
    v("max_nonfinite_steps", max_nonfinite_steps,
      {.min = 1,
       .max = 1e6,
       .help = "steps in a row without a finite loss and gradient that end the run; each is "
               "skipped"});
  }

 private:
  static constexpr double kMaxCount = 1e12;

  template <class Visitor>
  void length_fields(Visitor& v) {
    v("output_dir", output_dir, {.help = "folder of the run; empty: runs/<the recipe's name>"});
    v("num_train_epochs", num_train_epochs,
      {.min = 0,
       .max = 1e6,
       .above_min = true,
       .help = "passes over the training rows; may be fractional",
       .aliases = {"num_epochs", "epochs", "n_epochs"}});
    v("max_steps", max_steps,
      {.min = -1,
       .max = kMaxCount,
       .help = "optimizer steps of the run, instead of num_train_epochs; -1: not given",
       .aliases = {"iters"}});
    v("seed", seed,
      {.min = 0,
       .max = 9007199254740992.0,
       .help = "the same recipe, seed and build give the same bytes",
       .aliases = {"random_state"}});
  }

  template <class Visitor>
  void memory_fields(Visitor& v) {
    v("gradient_checkpointing", gradient_checkpointing,
      {.choices = {"auto", "true", "false"},
       .help = "whether layers keep their input alone and are computed again on the way back: all "
               "(true), none, or as few as the memory asks for; the result is the same to the bit",
       .aliases = {"use_gradient_checkpointing", "grad_checkpoint"},
       .spellings = {{"yes", "true"}, {"no", "false"}, {"unsloth", "true"}}});
    v("max_memory_gb", max_memory_gb,
      {.min = 0,
       .max = 1e6,
       .help = "memory that the run may take, in 10^9 bytes; 0: what the machine has free"});
  }

  template <class Visitor>
  void evaluation_fields(Visitor& v) {
    v("eval_strategy", eval_strategy,
      {.choices = {"no", "steps", "epoch"},
       .help = "when the loss on the evaluation rows is measured",
       .aliases = {"evaluation_strategy"},
       .spellings = {{"false", "no"}, {"off", "no"}}});
    v("eval_steps", eval_steps,
      {.min = 1,
       .max = kMaxCount,
       .help = "optimizer steps between evaluations with eval_strategy: steps",
       .aliases = {"steps_per_eval"}});
    v("eval_on_start", eval_on_start, {.help = "measure it before the first step too"});
    v("logging_steps", logging_steps,
      {.min = 1,
       .max = kMaxCount,
       .help = "optimizer steps between two reports",
       .aliases = {"steps_per_report"}});
  }

  template <class Visitor>
  void saving_fields(Visitor& v) {
    v("save_strategy", save_strategy,
      {.choices = {"no", "steps", "epoch"},
       .help = "when a checkpoint is written; the end of the run always writes one",
       .spellings = {{"false", "no"}, {"off", "no"}}});
    v("save_steps", save_steps,
      {.min = 1,
       .max = kMaxCount,
       .help = "optimizer steps between checkpoints with save_strategy: steps",
       .aliases = {"save_every"}});
    v("save_total_limit", save_total_limit,
      {.min = 0,
       .max = 1e6,
       .help = "checkpoints kept: the newest so many, the best, and those that hold a file named "
               "pinned; 0: all"});
  }

  template <class Visitor>
  void best_fields(Visitor& v) {
    v("load_best_model_at_end", load_best_model_at_end,
      {.help = "the run's result is its best checkpoint instead of its last"});
    v("metric_for_best_model", metric_for_best_model,
      {.help = "figure of the evaluations that says which checkpoint is best"});
    v("greater_is_better", greater_is_better,
      {.help = "not given: false for a figure whose name ends in loss, else true"});
    v("early_stopping_patience", early_stopping_patience,
      {.min = 0,
       .max = 1e6,
       .help = "evaluations in a row without improvement that end the run; 0: off",
       .aliases = {"early_stopping_steps", "early_stop_interval"}});
    v("early_stopping_threshold", early_stopping_threshold,
      {.min = 0, .max = 1e9, .help = "smallest change that counts as an improvement"});
  }
};

}  // namespace fettle::train
