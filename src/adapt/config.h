// The recipe's section `method`: which weights are trained.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"

namespace fettle::adapt {

struct MethodConfig {
  std::string finetuning_type = "lora";
  std::int64_t lora_rank = 16;
  double lora_alpha = 32;
  double lora_dropout = 0;
  std::vector<std::string> lora_target = {"all-linear"};
  std::vector<std::string> exclude_modules;
  bool use_rslora = false;

  template <class Visitor>
  void fields(Visitor& v) {
    v("finetuning_type", finetuning_type,
      {.choices = {"lora", "full"},
       .help = "lora: low-rank adapters beside frozen weights; full: all weights",
       .aliases = {"method", "adapter", "tuner_type", "train_type", "fine_tune_type"}});
    v("lora_rank", lora_rank,
      {.min = 1, .max = 65536, .help = "rank of the adapters", .aliases = {"lora_r", "r", "rank"}});
    v("lora_alpha", lora_alpha,
      {.min = 0,
       .max = 1e6,
       .above_min = true,
       .help = "the adapters' output is scaled by lora_alpha / lora_rank",
       .aliases = {"alpha"}});
    v("lora_dropout", lora_dropout,
      {.min = 0,
       .max = 1,
       .below_max = true,
       .help = "probability of dropping an input of an adapter while training"});
    v("lora_target", lora_target,
      {.help = "modules that get an adapter: all-linear, names such as q_proj, or a pattern",
       .aliases = {"lora_target_modules", "target_modules"},
       .spellings = {{"all", "all-linear"}}});
    v("exclude_modules", exclude_modules,
      {.help = "modules that get no adapter although lora_target names them"});
    v("use_rslora", use_rslora,
      {.help = "scale by lora_alpha / sqrt(lora_rank) (Kalajdzievski 2023)"});
  }
};

}  // namespace fettle::adapt
