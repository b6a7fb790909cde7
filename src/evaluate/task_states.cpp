#include "evaluate/task_states.h"

#include <ATen/ops/mean.h>
#include <c10/core/GradMode.h>

#include "model/decoder.h"

namespace fettle::evaluate {
namespace {

void compute(const model::Decoder& decoder, std::vector<std::vector<batch::TokenId>>& texts,
             std::vector<std::vector<float>>& out) {
  batch::TreeBuilder builder;
  for (const std::vector<batch::TokenId>& ids : texts) (void)builder.add(-1, ids);
  texts.clear();
  const batch::Pack pack = builder.finish();
  const Tensor states =
      model::hidden_states(decoder, {pack.ids, pack.positions, pack.segments}, {});
  for (const batch::Segment& segment : pack.segments) {
    const Tensor mean = states.narrow(0, segment.begin, segment.length)
                            .to(at::kCPU, at::kFloat)
                            .mean(0)
                            .contiguous();
    const float* const values = mean.const_data_ptr<float>();
    out.emplace_back(values, values + mean.numel());
  }
}

}  // namespace

std::vector<std::vector<float>> mean_states(const Scorer& scorer,
                                            const std::vector<std::string>& texts,
                                            std::int64_t batch_tokens) {
  const c10::AutoGradMode no_gradient(false);
  std::vector<std::vector<float>> out;
  std::vector<std::vector<batch::TokenId>> waiting;
  std::int64_t tokens = 0;
  for (const std::string& text : texts) {
    waiting.push_back(scorer.tokens.prompt(text, 0));
    tokens += static_cast<std::int64_t>(waiting.back().size());
    if (tokens < batch_tokens) continue;
    compute(scorer.decoder, waiting, out);
    tokens = 0;
  }
  if (!waiting.empty()) compute(scorer.decoder, waiting, out);
  return out;
}

}  // namespace fettle::evaluate
