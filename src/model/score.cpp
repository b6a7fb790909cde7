#include "model/score.h"

#include <ATen/ops/argmax.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/split.h>
#include <c10/core/GradMode.h>

#include "objective/head_log_probs.h"

namespace fettle::model {

namespace {

// Rows of the head's input at once, whose logits stand in memory.
constexpr std::int64_t kGreedyRows = 256;

// What is looked up in the head: hidden states of the rows that predict, and for each prediction
// its row among them and its target.
struct Lookups {
  Tensor hidden;
  Tensor rows;
  Tensor targets;
};

Lookups lookups_of(const Decoder& decoder, const batch::Pack& pack, const nn::Mode& mode) {
  // Scored predictions come sorted by row; a row that predicts several targets is computed once.
  std::vector<std::int32_t> rows;
  std::vector<std::int32_t> row_of;
  std::vector<std::int32_t> targets;
  for (const batch::Scored& scored : pack.scored) {
    if (rows.empty() || rows.back() != scored.row) rows.push_back(scored.row);
    row_of.push_back(static_cast<std::int32_t>(rows.size()) - 1);
    targets.push_back(scored.target);
  }
  Tensor hidden = hidden_states(decoder, {pack.ids, pack.positions, pack.segments, rows}, mode);
  const at::Device device = hidden.device();
  return {std::move(hidden), tensor::tensor_of(row_of, device), tensor::tensor_of(targets, device)};
}

Tensor log_probs_of(const Decoder& decoder, const Lookups& lookups) {
  return objective::head_log_probs(lookups.hidden, head(decoder, lookups.hidden.scalar_type()),
                                   lookups.rows, lookups.targets);
}

std::vector<double> numbers(const Tensor& scores) {
  const Tensor wide = scores.to(at::kCPU, at::kDouble).contiguous();
  const double* const data = wide.const_data_ptr<double>();
  return {data, data + wide.numel()};
}

}  // namespace

Tensor scored_log_probs(const Decoder& decoder, const batch::Pack& pack, const nn::Mode& mode) {
  return log_probs_of(decoder, lookups_of(decoder, pack, mode));
}

std::vector<double> score_pack(const Decoder& decoder, const batch::Pack& pack) {
  const c10::AutoGradMode no_gradient(false);
  return numbers(scored_log_probs(decoder, pack, {}));
}

GreedyScores score_pack_greedily(const Decoder& decoder, const batch::Pack& pack) {
  const c10::AutoGradMode no_gradient(false);
  const Lookups lookups = lookups_of(decoder, pack, {});
  std::vector<Tensor> likeliest;
  for (const Tensor& some : lookups.hidden.split(kGreedyRows)) {
    likeliest.push_back(logits(decoder, some).argmax(-1));
  }
  GreedyScores out{numbers(log_probs_of(decoder, lookups)), {}};
  if (likeliest.empty()) return out;
  const Tensor said = at::cat(likeliest).index_select(0, lookups.rows);
  for (const double same : numbers(said.eq(lookups.targets))) out.likeliest.push_back(same != 0);
  return out;
}

}  // namespace fettle::model
