#include "evaluate/held_out.h"

#include <algorithm>
#include <limits>

#include "batch/pack.h"
#include "model/score.h"

namespace fettle::evaluate {

double HeldOutLoss::mean() const {
  return tokens > 0 ? nll_sum / static_cast<double>(tokens)
                    : std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> log_likelihoods(const model::Decoder& decoder,
                                    std::span<const batch::Example> examples,
                                    const batch::MicroBatchOptions& packs) {
  std::vector<const batch::Example*> all;
  for (const batch::Example& example : examples) all.push_back(&example);
  std::vector<double> out(examples.size(), 0);
  for (const std::vector<std::int64_t>& members : batch::plan_micro_batches(all, packs)) {
    std::vector<const batch::Example*> rows;
    for (const std::int64_t i : members) rows.push_back(all[static_cast<std::size_t>(i)]);
    const batch::Pack pack = batch::make_pack(rows, packs.pack);
    const std::vector<double> scores = model::score_pack(decoder, pack);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      double& sum = out[static_cast<std::size_t>(members[row])];
      for (std::int32_t k = pack.first_scored[row]; k < pack.first_scored[row + 1]; ++k) {
        sum += scores[static_cast<std::size_t>(pack.scored_of[static_cast<std::size_t>(k)])];
      }
    }
  }
  return out;
}

std::vector<double> log_likelihoods(const model::Decoder& decoder,
                                    std::span<const batch::Example> examples,
                                    std::int64_t rows_per_pack) {
  return log_likelihoods(decoder, examples,
                         batch::MicroBatchOptions{.rows = std::max<std::int64_t>(1, rows_per_pack),
                                                  .pack = {.share_prefix = true}});
}

HeldOutLoss held_out_loss(const model::Decoder& decoder, std::span<const batch::Example> examples,
                          std::int64_t rows_per_pack) {
  HeldOutLoss loss;
  for (const double likelihood : log_likelihoods(decoder, examples, rows_per_pack)) {
    loss.nll_sum -= likelihood;
  }
  for (const batch::Example& example : examples) {
    loss.tokens += std::count(example.scored.begin(), example.scored.end(), 1);
  }
  return loss;
}

}  // namespace fettle::evaluate
