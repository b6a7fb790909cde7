// Log-probabilities of the tokens that are scored: what every loss over text starts from.
#pragma once

#include "tensor/tensor.h"

namespace fettle::objective {

// logits: [n, vocab] of any floating type; targets: [m] int64. Returns log softmax(logits)[target],
// [m] float32, nats. rows: [m] int64, which row of logits each target is looked up in; without it
// m = n and target i belongs to row i.
[[nodiscard]] Tensor target_log_probs(const Tensor& logits, const Tensor& targets);
[[nodiscard]] Tensor target_log_probs(const Tensor& logits, const Tensor& rows,
                                      const Tensor& targets);

}  // namespace fettle::objective
