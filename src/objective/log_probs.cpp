#include "objective/log_probs.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/log_softmax.h>

namespace fettle::objective {

Tensor target_log_probs(const Tensor& logits, const Tensor& targets) {
  tensor::expect_shape(targets, {logits.size(0)}, "targets");
  return at::log_softmax(logits.to(at::kFloat), -1).gather(-1, targets.unsqueeze(-1)).squeeze(-1);
}

Tensor target_log_probs(const Tensor& logits, const Tensor& rows, const Tensor& targets) {
  tensor::expect_shape(targets, {rows.size(0)}, "targets");
  const Tensor log_probs = at::log_softmax(logits.to(at::kFloat), -1);
  const Tensor flat = rows * logits.size(1) + targets;
  return log_probs.reshape({-1}).gather(0, flat);
}

}  // namespace fettle::objective
