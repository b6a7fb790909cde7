// The optimizer, its schedule and clipping.
#pragma once

#include <cstdint>
#include <string>

#include "base/fields.h"

namespace fettle::optim {

struct OptimConfig {
  std::string optim = "adamw";
  double learning_rate = 2e-4;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-8;
  double weight_decay = 0;
  double max_grad_norm = 1.0;
  std::string lr_scheduler_type = "linear";
  std::int64_t warmup_steps = 0;
  double warmup_ratio = 0;

  template <class Visitor>
  void fields(Visitor& v) {
    v("optim", optim,
      {.choices = {"adamw"},
       .help = "adamw: Adam with decoupled weight decay (Loshchilov and Hutter 2019)",
       .aliases = {"optimizer"},
       .spellings = {{"adamw_torch", "adamw"}, {"adamw_torch_fused", "adamw"}}});
    v("learning_rate", learning_rate,
      {.min = 0, .max = 10, .help = "peak step size", .aliases = {"lr"}});
    adam_fields(v);
    v("max_grad_norm", max_grad_norm,
      {.min = 0,
       .max = 1e9,
       .help = "gradients are scaled down to this global norm; 0: off",
       .aliases = {"clip_grad_norm", "max_norm", "gradient_clipping"}});
    schedule_fields(v);
  }

 private:
  template <class Visitor>
  void adam_fields(Visitor& v) {
    v("adam_beta1", adam_beta1,
      {.min = 0, .max = 1, .below_max = true, .help = "decay of the gradients' running mean"});
    v("adam_beta2", adam_beta2,
      {.min = 0, .max = 1, .below_max = true, .help = "decay of the squared gradients' mean"});
    v("adam_epsilon", adam_epsilon,
      {.min = 0, .max = 1, .help = "added to the root of the squared gradients' mean"});
    v("weight_decay", weight_decay,
      {.min = 0,
       .max = 10,
       .help = "share of a weight taken away in a step, times the learning rate; norms and biases "
               "are spared"});
  }

  template <class Visitor>
  void schedule_fields(Visitor& v) {
    v("lr_scheduler_type", lr_scheduler_type,
      {.choices = {"linear", "cosine", "constant", "constant_with_warmup"},
       .help = "how the learning rate goes from its peak to the end of the run",
       .aliases = {"lr_scheduler", "lr_schedule"}});
    v("warmup_steps", warmup_steps,
      {.min = 0,
       .max = 1e12,
       .help = "optimizer steps over which the learning rate rises from 0",
       .aliases = {"lr_warmup_steps", "num_warmup_steps"}});
    v("warmup_ratio", warmup_ratio,
      {.min = 0, .max = 1, .help = "the same as a share of all steps; give one of the two"});
  }
};

}  // namespace fettle::optim
