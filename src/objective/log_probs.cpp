#include "objective/log_probs.h"

#include <ATen/ops/gather.h>
#include <ATen/ops/log_softmax.h>

namespace fettle::objective {

Tensor target_log_probs(const Tensor& logits, const Tensor& targets) {
  tensor::expect_shape(targets, {logits.size(0)}, "targets");
  return at::log_softmax(logits.to(at::kFloat), -1).gather(-1, targets.unsqueeze(-1)).squeeze(-1);
}

}  // namespace fettle::objective
