// Log-probabilities straight from hidden states: the head's product, its softmax and their gradient
// in one operation that keeps no logits.
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace fettle::objective {

// Rows whose logits are held at once.
inline constexpr std::int64_t kHeadRows = 256;

// hidden: [r, d]; head: [vocab, d] of the same type; rows, targets: [n] int64 as for
// target_log_probs(). Returns [n] float32, nats. float32 on a CPU with kernels of ours goes through
// them, some rows at a time; with a frozen head the gradient costs one product more, made in the
// forward pass: that of log p(t) is W_t less the mean of W under p.
[[nodiscard]] Tensor head_log_probs(const Tensor& hidden, const Tensor& head, const Tensor& rows,
                                    const Tensor& targets);

}  // namespace fettle::objective
