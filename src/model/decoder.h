// A causal decoder of nn/ layers over named parameters: one forward for training, scoring and
// generation. Parameters are named as Hugging Face names them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "batch/pack.h"
#include "model/decoder_config.h"
#include "model/kv_cache.h"
#include "nn/attention.h"
#include "nn/linear.h"
#include "nn/mlp.h"
#include "nn/rms_norm.h"

namespace fettle::model {

struct DecoderLayer {
  nn::RmsNorm input_layernorm;
  nn::Linear q_proj;
  nn::Linear k_proj;
  nn::Linear v_proj;
  nn::Linear o_proj;
  nn::RmsNorm post_attention_layernorm;
  nn::Mlp mlp;
};

struct Decoder {
  DecoderConfig config;
  Tensor embed_tokens;  // [vocab_size, hidden_size]
  std::vector<DecoderLayer> layers;
  nn::RmsNorm norm;
  Tensor lm_head;  // [vocab_size, hidden_size]; undefined when tied to embed_tokens
  Tensor score;    // [labels, hidden_size], in lm_head's place where config.labels names classes

  [[nodiscard]] at::Device device() const { return embed_tokens.device(); }
  // The type that activations are computed in.
  at::ScalarType compute_type = at::kFloat;
};

// Calls visit(name, tensor) for every parameter of the base model in the order of a state dict;
// low-rank parts are not among them.
void for_each_parameter(Decoder& decoder,
                        const std::function<void(const std::string&, Tensor&)>& visit);

// The linear layers inside the blocks, in order: what "all-linear" means.
[[nodiscard]] std::vector<nn::Linear*> block_linears(Decoder& decoder);

// A decoder whose parameters have names and shapes but no values.
[[nodiscard]] Decoder make_decoder(const DecoderConfig& config);

struct ForwardInput {
  std::span<const batch::TokenId> ids;       // new tokens
  std::span<const std::int32_t> positions;   // of the new tokens
  std::span<const batch::Segment> segments;  // the whole tree, cached tokens included
  // The new tokens whose hidden states are wanted, strictly rising; empty: all. Where they are few,
  // the last block computes no others: of those only the keys and values are read.
  std::span<const std::int32_t> wanted = {};
};

// Whether the last block leaves the other tokens out; a few of them would not pay for keys and
// queries of different tokens.
[[nodiscard]] constexpr bool leaves_out(std::int64_t wanted, std::int64_t tokens) {
  return wanted > 0 && 4 * wanted < 3 * tokens;
}

// Hidden states [wanted, hidden_size] after the final norm. With a cache, the tokens that it
// holds are the tree's first and the new ones are appended to it. Throws DataError for an id
// outside the vocabulary.
[[nodiscard]] Tensor hidden_states(const Decoder& decoder, const ForwardInput& input,
                                   const nn::Mode& mode, KvCache* cache = nullptr);

// What hidden states are multiplied with for logits, [vocab_size, hidden_size] of that type: the
// head, or the embedding where they are tied. Throws InternalError where a classification head
// stands in the language head's place.
[[nodiscard]] Tensor head(const Decoder& decoder, at::ScalarType type);

// hidden: [n, hidden_size]; returns [n, vocab_size] in the compute type.
[[nodiscard]] Tensor logits(const Decoder& decoder, const Tensor& hidden);

}  // namespace fettle::model
