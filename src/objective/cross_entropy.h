// Next-token cross-entropy over scored predictions alone, as a sum: the division by the counted
// tokens happens once, over the whole accumulation window.
#pragma once

#include "tensor/tensor.h"

namespace fettle::objective {

// logits: [n, vocab]; targets: [n] int64; counts: [n] float32, how often each prediction counts.
// Returns the sum of counts * -log softmax(logits)[target] in float32, nats.
[[nodiscard]] Tensor cross_entropy_sum(const Tensor& logits, const Tensor& targets,
                                       const Tensor& counts);

// The log-probability of each target, [n] float32, nats.
[[nodiscard]] Tensor target_log_probs(const Tensor& logits, const Tensor& targets);

}  // namespace fettle::objective
