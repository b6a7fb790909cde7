// Gradient checkpointing (Chen et al. 2016, arXiv 1604.06174): of a part of the forward pass only
// its input is kept, and the part is run once more on the way back.
#pragma once

#include <functional>
#include <vector>

#include "nn/linear.h"

namespace fettle::nn {

// A part of the forward pass: the same result for the same x and dropout state.
using Part = std::function<Tensor(const Tensor& x, const Mode& mode)>;

// part(x, mode), with the very gradients that it has by itself. trained: the tensors that part
// reads and that want gradients; where neither they nor x want any, part is simply run.
[[nodiscard]] Tensor recomputed(const Part& part, const Tensor& x,
                                const std::vector<Tensor>& trained, const Mode& mode);

}  // namespace fettle::nn
