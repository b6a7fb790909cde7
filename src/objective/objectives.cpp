#include <ATen/TensorOperators.h>

#include <array>
#include <vector>

#include "objective/log_probs.h"
#include "objective/objective.h"

namespace fettle::objective {
namespace {

// Next-token cross-entropy over the scored tokens, each by its row's weight (the loss of PyTorch's
// CrossEntropyLoss(weight, reduction="mean")); a shared token counts for each of its rows.
class Supervised final : public Objective {
 public:
  Tensor loss_sum(const Tensor& log_probs, const batch::Pack& pack) const override {
    std::vector<float> counts;
    counts.reserve(pack.scored.size());
    for (const batch::Scored& scored : pack.scored) counts.push_back(scored.count);
    return -(log_probs * tensor::tensor_of(counts, log_probs.device())).sum();
  }

  double counted(const batch::Pack& pack) const override { return pack.counted; }
};

const std::array<ObjectiveRow, 1> kObjectives = {{
    {"supervised", []() -> std::unique_ptr<Objective> { return std::make_unique<Supervised>(); },
     "cross-entropy of the scored tokens", "arXiv 2203.02155, section 3.5"},
}};

}  // namespace

std::span<const ObjectiveRow> objectives() { return kObjectives; }

}  // namespace fettle::objective
