// y = x W^T + b, with an optional low-rank addition (LoRA, arXiv 2106.09685) as part of the layer.
#pragma once

#include <optional>
#include <string>

#include "tensor/tensor.h"

namespace fettle::nn {

// What a forward pass is told beside its tensors.
struct Mode {
  bool training = false;
  // Source of dropout masks; must be set when training with dropout > 0.
  std::optional<at::Generator> dropout = std::nullopt;
  // Layers, from the first, of which only the input is kept for the backward pass.
  std::int64_t recomputed_layers = 0;
};

// y += scale * (dropout(x) A^T) B^T. a: [r, in], b: [out, r], float32 masters while training.
struct LowRank {
  Tensor a;
  Tensor b;
  double scale = 1.0;
  double dropout = 0.0;
};

struct Linear {
  std::string name;  // module path as Hugging Face names it: model.layers.0.self_attn.q_proj
  Tensor weight;     // [out, in]
  Tensor bias;       // [out], or undefined
  std::optional<LowRank> low_rank = std::nullopt;
};

// x: [..., in] of the compute type; weights of another type are cast to it. Returns [..., out].
[[nodiscard]] Tensor linear(const Linear& layer, const Tensor& x, const Mode& mode);

// A part of a layer in x's type.
[[nodiscard]] Tensor as_type_of(const Tensor& part, const Tensor& x);

// base + scale * B A in float32, then cast to the weight's type: what the layer computes without
// its low-rank part. Throws InternalError if there is none.
[[nodiscard]] Tensor merged_weight(const Linear& layer);

// Inverted dropout with masks drawn from mode.dropout; the identity outside training.
[[nodiscard]] Tensor dropout(const Tensor& x, double probability, const Mode& mode);

}  // namespace fettle::nn
