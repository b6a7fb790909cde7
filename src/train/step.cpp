#include "train/step.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>

#include <cmath>

#include "base/error.h"
#include "model/score.h"

namespace fettle::train {
namespace {

nn::Mode training_mode(const model::Decoder& decoder, std::uint64_t seed,
                       std::int64_t recomputed_layers) {
  at::Generator generator = at::globalContext().defaultGenerator(decoder.device()).clone();
  generator.set_current_seed(seed);
  return {true, generator, recomputed_layers};
}

}  // namespace

StepReport train_step(model::Decoder& decoder, const objective::Objective& objective,
                      std::span<const batch::Pack> packs,
                      std::span<const optim::Parameter> parameters, optim::Optimizer& optimizer,
                      const StepOptions& options) {
  StepReport report;
  for (const batch::Pack& pack : packs) report.counted += objective.counted(pack);
  if (!(report.counted > 0)) throw InternalError("a step without a scored token");
  optim::clear_gradients(parameters);
  for (std::size_t i = 0; i < packs.size(); ++i) {
    const nn::Mode mode =
        training_mode(decoder, options.dropout_seed + i, options.recomputed_layers);
    const Tensor log_probs = model::scored_log_probs(decoder, packs[i], mode);
    const Tensor loss = objective.loss_sum(log_probs, packs[i]) / report.counted;
    loss.backward();
    report.loss += loss.item<double>();
    report.rows += packs[i].examples;
    report.scored_tokens += packs[i].first_scored.back();
    report.computed_tokens += static_cast<std::int64_t>(packs[i].ids.size());
    report.unshared_tokens += packs[i].unshared_tokens;
  }
  report.grad_norm = optim::gradient_norm(parameters);
  report.applied = std::isfinite(report.loss) && std::isfinite(report.grad_norm);
  if (report.applied) {
    optim::clip_gradients(parameters, report.grad_norm, options.max_grad_norm);
    optimizer.step(parameters, options.learning_rate);
  }
  optim::clear_gradients(parameters);
  return report;
}

}  // namespace fettle::train
