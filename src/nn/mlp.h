// The gated feed-forward: down(act(gate(x)) * up(x)), arXiv 2002.05202.
#pragma once

#include <string_view>

#include "nn/linear.h"
#include "nn/rms_norm.h"

namespace fettle::nn {

// act(gate) * up
using GatedActivation = Tensor (*)(const Tensor& gate, const Tensor& up);

// By the name of act: "silu", "gelu", "gelu_pytorch_tanh", "relu"; throws UsageError listing the
// known ones.
[[nodiscard]] GatedActivation gated_activation(std::string_view name);

struct Mlp {
  Linear gate_proj;
  Linear up_proj;
  Linear down_proj;
  GatedActivation activation = nullptr;
};

// x + mlp(norm(x)). x: [rows, hidden].
[[nodiscard]] Tensor feed_forward(const RmsNorm& norm, const Mlp& mlp, const Tensor& x,
                                  const Mode& mode);

}  // namespace fettle::nn
