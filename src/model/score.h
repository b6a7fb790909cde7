// Scoring a pack: the log-probabilities of its scored predictions. Training, held-out loss and
// likelihoods of answers all come through here.
#pragma once

#include "batch/pack.h"
#include "model/decoder.h"

namespace fettle::model {

// [n] float32, nats, of pack.scored in order. Only the scored rows reach the head.
[[nodiscard]] Tensor scored_log_probs(const Decoder& decoder, const batch::Pack& pack,
                                      const nn::Mode& mode);

// The same without gradients, on the CPU.
[[nodiscard]] std::vector<double> score_pack(const Decoder& decoder, const batch::Pack& pack);

// The same, and whether each target is the likeliest token after its row.
struct GreedyScores {
  std::vector<double> log_probs;
  std::vector<bool> likeliest;
};
[[nodiscard]] GreedyScores score_pack_greedily(const Decoder& decoder, const batch::Pack& pack);

}  // namespace fettle::model
