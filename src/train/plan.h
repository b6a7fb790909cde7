// What a run will take, from the model's shape and the rows alone: nothing is loaded whole.
#pragma once

#include <cstdint>
#include <string>

#include "adapt/config.h"
#include "model/decoder_config.h"
#include "tensor/tensor.h"

namespace fettle::train {

struct PlanInput {
  const model::DecoderConfig& config;
  const adapt::MethodConfig& method;
  at::ScalarType compute_type = at::kFloat;
  std::int64_t trainable = 0;  // parameters
  std::int64_t steps = 0;
  std::int64_t examples = 0;
  std::int64_t tokens_per_epoch = 0;  // without sharing
  double computed_per_step = 0;       // tokens through the model, shared starts once
  double scored_per_step = 0;
  std::int64_t largest_pack = 0;  // computed tokens
  std::int64_t largest_scored = 0;
  double flops_per_second = 0;  // of a matrix product here; 0: time is not estimated
};

struct Plan {
  std::int64_t parameters = 0;
  std::int64_t trainable = 0;
  std::int64_t steps = 0;
  std::uint64_t weight_bytes = 0;
  std::uint64_t trained_bytes = 0;     // masters, gradients, moments
  std::uint64_t activation_bytes = 0;  // of the largest pack
  double seconds = 0;

  [[nodiscard]] std::uint64_t memory_bytes() const {
    return weight_bytes + trained_bytes + activation_bytes;
  }
};

// FLOP and byte counts of the plain operations in nn/; activations are an estimate.
[[nodiscard]] Plan make_plan(const PlanInput& input);

// Matrix-product speed of this machine in the compute type, FLOP/s, measured in about 0.2 s.
[[nodiscard]] double measure_flops(at::Device device, at::ScalarType type);

// Parameters that the low-rank parts of `method` would have.
[[nodiscard]] std::int64_t lora_parameters(const model::DecoderConfig& config,
                                           const adapt::MethodConfig& method);

}  // namespace fettle::train
