// The loss on rows that are not trained on.
#pragma once

#include <span>

#include "batch/example.h"
#include "batch/micro_batch.h"
#include "model/decoder.h"

namespace fettle::evaluate {

struct HeldOutLoss {
  double nll_sum = 0;       // nats
  std::int64_t tokens = 0;  // scored
  // Mean nats per scored token; NaN for none.
  [[nodiscard]] double mean() const;
};

// Packs of `rows_per_pack` rows, shared starts computed once; no logits are kept.
[[nodiscard]] HeldOutLoss held_out_loss(const model::Decoder& decoder,
                                        std::span<const batch::Example> examples,
                                        std::int64_t rows_per_pack);

// The log-likelihood of each example's scored tokens, nats; same packs.
[[nodiscard]] std::vector<double> log_likelihoods(const model::Decoder& decoder,
                                                  std::span<const batch::Example> examples,
                                                  std::int64_t rows_per_pack);
// The same in other packs.
[[nodiscard]] std::vector<double> log_likelihoods(const model::Decoder& decoder,
                                                  std::span<const batch::Example> examples,
                                                  const batch::MicroBatchOptions& packs);

}  // namespace fettle::evaluate
