// Log-probabilities straight from hidden states: the head's product, its softmax and their gradient
// in one operation that keeps no logits.
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace fettle::objective {

// Logits held at once: of so many rows, for so many words. They stay in the third-level cache.
inline constexpr std::int64_t kHeadRows = 1024;
inline constexpr std::int64_t kHeadWords = 2048;

// hidden: [r, d]; head: [vocab, d] of the same type; rows, targets: [n] int64 as for
// target_log_probs(). Returns [n] float32, nats. float32 on a CPU with kernels of ours goes through
// them, some rows and words at a time, the softmax of the words so far brought up to date with each
// (online softmax, arXiv 1805.02867); with a frozen head the gradient costs one product more, made
// in the forward pass: that of log p(t) is W_t less the mean of W under p.
[[nodiscard]] Tensor head_log_probs(const Tensor& hidden, const Tensor& head, const Tensor& rows,
                                    const Tensor& targets);

}  // namespace fettle::objective
