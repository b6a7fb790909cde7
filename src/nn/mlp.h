// The gated feed-forward: down(act(gate(x)) * up(x)), arXiv 2002.05202.
#pragma once

#include <string_view>

#include "nn/linear.h"

namespace fettle::nn {

using Activation = Tensor (*)(const Tensor&);

// "silu", "gelu", "gelu_pytorch_tanh", "relu"; throws UsageError listing the known ones.
[[nodiscard]] Activation activation_named(std::string_view name);

struct Mlp {
  Linear gate_proj;
  Linear up_proj;
  Linear down_proj;
  Activation activation = nullptr;
};

// x: [..., hidden]; returns [..., hidden].
[[nodiscard]] Tensor feed_forward(const Mlp& mlp, const Tensor& x, const Mode& mode);

}  // namespace fettle::nn
