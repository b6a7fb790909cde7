// Rotary positions (arXiv 2104.09864) with the scalings of Hugging Face's modeling_rope_utils:
// default, linear, dynamic (NTK), llama3, yarn (arXiv 2309.00071).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tensor/tensor.h"

namespace fettle::nn {

struct RopeConfig {
  std::string rope_type = "default";
  double rope_theta = 10000.0;
  double factor = 1.0;
  std::int64_t head_dim = 0;  // rotated dimensions, even
  std::int64_t max_position_embeddings = 2048;
  // llama3 and yarn: the length before scaling; 0 takes max_position_embeddings.
  std::int64_t original_max_position_embeddings = 0;
  double low_freq_factor = 1.0;            // llama3
  double high_freq_factor = 4.0;           // llama3
  double beta_fast = 32.0;                 // yarn
  double beta_slow = 1.0;                  // yarn
  bool truncate = true;                    // yarn: whole dimensions as the ramp's ends
  std::optional<double> attention_factor;  // yarn
  std::optional<double> mscale;            // yarn
  std::optional<double> mscale_all_dim;    // yarn
};

struct RopeFrequencies {
  Tensor inverse;      // [head_dim / 2] float32
  double scale = 1.0;  // multiplies cos and sin
};

// length: tokens of the longest row, which the dynamic scaling grows with. Throws UsageError for an
// unknown rope_type, listing the known ones.
[[nodiscard]] RopeFrequencies rope_frequencies(const RopeConfig& config, std::int64_t length);

struct RopeTable {
  Tensor cos;  // [T, head_dim / 2] float32
  Tensor sin;
};

// positions: [T] int64 on the device that the table is made for.
[[nodiscard]] RopeTable rope_table(const RopeFrequencies& frequencies, const Tensor& positions);

// x: [T, heads, head_dim]; the halves are rotated against each other, as Hugging Face stores them.
[[nodiscard]] Tensor apply_rope(const Tensor& x, const RopeTable& table);

}  // namespace fettle::nn
