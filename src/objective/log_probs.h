// Log-probabilities of the tokens that are scored: what every loss over text starts from.
#pragma once

#include "tensor/tensor.h"

namespace fettle::objective {

// logits: [n, vocab] of any floating type; targets: [n] int64. Returns log softmax(logits)[target],
// [n] float32, nats.
[[nodiscard]] Tensor target_log_probs(const Tensor& logits, const Tensor& targets);

}  // namespace fettle::objective
