// What a training step holds at its fullest moment, from the model's shape and the rows alone. The
// counts follow the operations of nn/ and objective/: what they keep for the backward pass, and
// what the widest of them needs beside it.
#pragma once

#include <cstdint>

#include "adapt/config.h"
#include "model/decoder_config.h"
#include "tensor/tensor.h"

namespace fettle::train {

struct MemoryInput {
  const model::DecoderConfig& config;
  const adapt::MethodConfig& method;
  at::ScalarType compute_type = at::kFloat;
  std::int64_t trainable = 0;  // parameters
  std::int64_t tokens = 0;     // of the largest pack, as computed
  std::int64_t scored = 0;     // most rows that reach the head
};

// Bytes at the fullest moment; the sum is the peak, the process itself aside.
struct Memory {
  std::uint64_t weights = 0;
  std::uint64_t trained = 0;      // masters and moments
  std::uint64_t activations = 0;  // with the gradients that exist at that moment

  [[nodiscard]] std::uint64_t total() const { return weights + trained + activations; }
};

// recomputed_layers: see nn::Mode.
[[nodiscard]] Memory step_memory(const MemoryInput& input, std::int64_t recomputed_layers);

}  // namespace fettle::train
