#include "model/label_head.h"

#include <ATen/ops/linear.h>
#include <ATen/ops/log_softmax.h>
#include <c10/core/GradMode.h>

#include <algorithm>

namespace fettle::model {

std::span<const batch::TokenId> before_padding(const DecoderConfig& config,
                                               std::span<const batch::TokenId> ids) {
  std::size_t length = ids.size();
  while (length > 0 && ids[length - 1] == config.pad_token_id) --length;
  return ids.first(std::max<std::size_t>(1, length));
}

std::vector<std::vector<double>> label_log_probs(const Decoder& decoder, const batch::Pack& pack) {
  const c10::AutoGradMode no_gradient(false);
  std::vector<std::int32_t> last;  // token of each example
  for (const std::int32_t segment : pack.last_segment) {
    const batch::Segment& end = pack.segments[static_cast<std::size_t>(segment)];
    last.push_back(end.begin + end.length - 1);
  }
  // Rows in their order of tokens; equal rows are one.
  std::vector<std::int32_t> wanted = last;
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  const Tensor hidden =
      hidden_states(decoder, {pack.ids, pack.positions, pack.segments, wanted}, {});
  const Tensor logits = at::linear(hidden.to(at::kFloat), decoder.score.to(at::kFloat));
  const Tensor scores = at::log_softmax(logits.to(at::kCPU, at::kDouble), 1).contiguous();
  const double* const data = scores.const_data_ptr<double>();
  const std::int64_t labels = scores.size(1);
  std::vector<std::vector<double>> out;
  for (const std::int32_t token : last) {
    const auto row = std::ranges::lower_bound(wanted, token) - wanted.begin();
    out.emplace_back(data + row * labels, data + (row + 1) * labels);
  }
  return out;
}

}  // namespace fettle::model
