// How rows become training steps: lengths, packing, which tokens are scored, batch sizes.
#pragma once

#include <cstdint>
#include <string>

#include "base/fields.h"

namespace fettle::batch {

struct BatchConfig {
  std::int64_t max_length = 2048;
  std::string truncation = "drop";
  bool packing = true;
  bool share_prefix = true;
  bool completion_only_loss = true;
  std::int64_t per_device_train_batch_size = 8;
  std::int64_t per_device_eval_batch_size = 16;
  std::int64_t gradient_accumulation_steps = 1;

  template <class Visitor>
  void fields(Visitor& v) {
    length_fields(v);
    v("packing", packing,
      {.help = "compute the rows of a micro-batch as one pack without padding; false: one by one",
       .aliases = {"sample_packing", "neat_packing"}});
    v("share_prefix", share_prefix,
      {.help = "compute a prefix that rows of one pack have in common once"});
    v("completion_only_loss", completion_only_loss,
      {.help = "score the answers only; false: the prompts too",
       .aliases = {"assistant_only_loss", "mask_prompt", "train_on_responses_only"},
       .opposites = {"train_on_prompt", "train_on_inputs", "train_on_input"}});
    size_fields(v);
  }

 private:
  template <class Visitor>
  void length_fields(Visitor& v) {
    v("max_length", max_length,
      {.min = 2,
       .max = 1 << 24,
       .help = "longest row, in tokens",
       .aliases = {"cutoff_len", "sequence_len", "max_seq_length", "max_seq_len"}});
    v("truncation", truncation,
      {.choices = {"drop", "truncate_left", "truncate_right", "split", "error"},
       .help = "what happens to a row that is longer than max_length; the rows concerned are "
               "counted and reported",
       .aliases = {"excess_length_strategy", "truncation_strategy", "truncation_mode"},
       .spellings = {{"delete", "drop"},
                     {"left", "truncate_left"},
                     {"right", "truncate_right"},
                     {"truncate", "truncate_right"},
                     {"keep_start", "truncate_right"},
                     {"keep_end", "truncate_left"},
                     {"raise", "error"}}});
  }

  template <class Visitor>
  void size_fields(Visitor& v) {
    v("per_device_train_batch_size", per_device_train_batch_size,
      {.min = 1,
       .max = 1 << 20,
       .help = "rows of a training micro-batch",
       .aliases = {"micro_batch_size", "batch_size", "train_batch_size"}});
    v("per_device_eval_batch_size", per_device_eval_batch_size,
      {.min = 1,
       .max = 1 << 20,
       .help = "rows of an evaluation batch",
       .aliases = {"eval_batch_size"}});
    v("gradient_accumulation_steps", gradient_accumulation_steps,
      {.min = 1,
       .max = 1 << 20,
       .help = "micro-batches of one optimizer step",
       .aliases = {"grad_accumulation_steps"}});
  }
};

}  // namespace fettle::batch
