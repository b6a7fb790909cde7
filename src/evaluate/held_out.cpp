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
                                    std::int64_t rows_per_pack) {
  std::vector<double> out;
  out.reserve(examples.size());
  const auto step = static_cast<std::size_t>(std::max<std::int64_t>(1, rows_per_pack));
  for (std::size_t begin = 0; begin < examples.size(); begin += step) {
    std::vector<const batch::Example*> rows;
    for (std::size_t i = begin; i < std::min(examples.size(), begin + step); ++i) {
      rows.push_back(&examples[i]);
    }
    const batch::Pack pack = batch::make_pack(rows, {.share_prefix = true});
    const std::vector<double> scores = model::score_pack(decoder, pack);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      double sum = 0;
      for (std::int32_t k = pack.first_scored[row]; k < pack.first_scored[row + 1]; ++k) {
        sum += scores[static_cast<std::size_t>(pack.scored_of[static_cast<std::size_t>(k)])];
      }
      out.push_back(sum);
    }
  }
  return out;
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
