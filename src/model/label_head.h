// What a classification head says of a row, as transformers' GenericForSequenceClassification reads
// it: off the last token that is no padding.
#pragma once

#include <span>
#include <vector>

#include "batch/pack.h"
#include "model/decoder.h"

namespace fettle::model {

// The row up to its last token other than config.pad_token_id; of padding alone its first token.
// What follows changes nothing, as the decoder is causal. ids: at least one.
[[nodiscard]] std::span<const batch::TokenId> before_padding(const DecoderConfig& config,
                                                             std::span<const batch::TokenId> ids);

// [examples][labels], nats: the log-softmax of score times each row's last hidden state after the
// final norm. Computed without gradients, the head in float32.
[[nodiscard]] std::vector<std::vector<double>> label_log_probs(const Decoder& decoder,
                                                               const batch::Pack& pack);

}  // namespace fettle::model
