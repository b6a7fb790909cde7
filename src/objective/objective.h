// What a training run minimises, as a function of the log-probabilities of a pack's scored
// predictions. Sums and counts: the division happens once, over the whole accumulation window.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "batch/pack.h"
#include "tensor/tensor.h"

namespace fettle::objective {

class Objective {
 public:
  virtual ~Objective() = default;
  // log_probs: [n] float32, nats, of pack.scored in order. Returns the pack's summed loss.
  [[nodiscard]] virtual Tensor loss_sum(const Tensor& log_probs, const batch::Pack& pack) const = 0;
  // What the window's sum of losses is divided by: this pack's share of it.
  [[nodiscard]] virtual double counted(const batch::Pack& pack) const = 0;
};

struct ObjectiveRow {
  std::string_view name;
  std::unique_ptr<Objective> (*make)();
  std::string_view help;
  std::string_view source;
};

[[nodiscard]] std::span<const ObjectiveRow> objectives();

}  // namespace fettle::objective
