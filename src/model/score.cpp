#include "model/score.h"

#include <c10/core/GradMode.h>

#include "objective/head_log_probs.h"

namespace fettle::model {

Tensor scored_log_probs(const Decoder& decoder, const batch::Pack& pack, const nn::Mode& mode) {
  // Scored predictions come sorted by row; a row that predicts several targets is computed once.
  std::vector<std::int32_t> rows;
  std::vector<std::int32_t> row_of;
  std::vector<std::int32_t> targets;
  for (const batch::Scored& scored : pack.scored) {
    if (rows.empty() || rows.back() != scored.row) rows.push_back(scored.row);
    row_of.push_back(static_cast<std::int32_t>(rows.size()) - 1);
    targets.push_back(scored.target);
  }
  const Tensor hidden =
      hidden_states(decoder, {pack.ids, pack.positions, pack.segments, rows}, mode);
  const at::Device device = hidden.device();
  return objective::head_log_probs(hidden, head(decoder, hidden.scalar_type()),
                                   tensor::tensor_of(row_of, device),
                                   tensor::tensor_of(targets, device));
}

std::vector<double> score_pack(const Decoder& decoder, const batch::Pack& pack) {
  const c10::AutoGradMode no_gradient(false);
  const Tensor scores = scored_log_probs(decoder, pack, {}).to(at::kCPU, at::kDouble).contiguous();
  const double* const data = scores.const_data_ptr<double>();
  return {data, data + scores.numel()};
}

}  // namespace fettle::model
