// One optimizer step: the packs of its window forward and backward, clipping, the update.
#pragma once

#include <cstdint>
#include <span>

#include "batch/pack.h"
#include "model/decoder.h"
#include "objective/objective.h"
#include "optim/optimizer.h"

namespace fettle::train {

struct StepOptions {
  double learning_rate = 0;
  double max_grad_norm = 0;
  std::uint64_t dropout_seed = 0;      // of this step; each pack draws its own stream from it
  std::int64_t recomputed_layers = 0;  // see nn::Mode
};

struct StepReport {
  double loss = 0;     // mean nats per counted token of the window, by weight
  double counted = 0;  // what the loss is divided by: the weights of the scored tokens
  std::int64_t scored_tokens = 0;
  double grad_norm = 0;  // before clipping
  std::int64_t rows = 0;
  std::int64_t computed_tokens = 0;  // through the model
  std::int64_t unshared_tokens = 0;  // what they stand for without shared prefixes
  bool applied = false;              // false: loss or norm was not finite, nothing was changed
};

// Gradients are those of the window's summed loss over its counted tokens, whatever the packs.
[[nodiscard]] StepReport train_step(model::Decoder& decoder, const objective::Objective& objective,
                                    std::span<const batch::Pack> packs,
                                    std::span<const optim::Parameter> parameters,
                                    optim::Optimizer& optimizer, const StepOptions& options);

}  // namespace fettle::train
