// What a run will take, from the model's shape and the rows alone: nothing is loaded whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "adapt/config.h"
#include "model/decoder_config.h"
#include "tensor/tensor.h"
#include "train/memory.h"

namespace fettle::train {

struct PlanInput {
  const model::DecoderConfig& config;
  const adapt::MethodConfig& method;
  at::ScalarType compute_type = at::kFloat;
  std::int64_t trainable = 0;  // parameters
  std::int64_t steps = 0;
  double computed_per_step = 0;  // tokens through the model, shared starts once
  double scored_per_step = 0;
  std::int64_t largest_pack = 0;  // computed tokens
  std::int64_t largest_scored = 0;
  std::int64_t recomputed_layers = 0;
  std::uint64_t process_bytes = 0;  // resident before the model is loaded

  [[nodiscard]] MemoryInput memory() const {
    return {config, method, compute_type, trainable, largest_pack, largest_scored};
  }
};

struct Plan {
  std::int64_t parameters = 0;
  std::int64_t trainable = 0;
  std::int64_t steps = 0;
  std::int64_t recomputed_layers = 0;
  Memory memory;
  std::uint64_t process_bytes = 0;
  std::uint64_t gap_bytes = 0;  // between the blocks of layers that are computed again
  double flops = 0;             // of the whole run

  [[nodiscard]] std::uint64_t memory_bytes() const {
    return memory.total() + process_bytes + gap_bytes;
  }
  // Operations of nn/ reach about half of a bare product's speed.
  [[nodiscard]] double seconds_at(double flops_per_second) const {
    return 2.0 * flops / flops_per_second;
  }
};

// FLOP and byte counts of the operations in nn/ and objective/.
[[nodiscard]] Plan make_plan(const PlanInput& input);

// The fewest recomputed layers with which the plan stays within `limit` bytes; nothing if none do.
[[nodiscard]] std::optional<std::int64_t> fewest_recomputed(PlanInput input, std::uint64_t limit);

// Matrix-product speed of this machine in the compute type, FLOP/s, measured in about 0.2 s.
[[nodiscard]] double measure_flops(at::Device device, at::ScalarType type);

// Parameters that the low-rank parts of `method` would have.
[[nodiscard]] std::int64_t lora_parameters(const model::DecoderConfig& config,
                                           const adapt::MethodConfig& method);

}  // namespace fettle::train
