// What an optimizer steps: a named float32 master tensor with its decay.
#pragma once

#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace fettle::optim {

struct Parameter {
  std::string name;    // as checkpoints and adapters name it
  Tensor value;        // float32 leaf that requires a gradient
  bool decays = true;  // false for norms and biases
};

// Norms and biases are spared from weight decay, as transformers' get_decay_parameter_names does.
[[nodiscard]] bool decays(std::string_view name);

}  // namespace fettle::optim
