#include "model/decoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "nn/projections.h"
#include "nn/recompute.h"

namespace fettle::model {
namespace {

// Where a layer's queries come from and what they see.
struct Queries {
  Tensor rows;  // of the tokens; undefined: all
  nn::RopeTable rope;
  nn::AttentionLayout layout;

  [[nodiscard]] Tensor of(const Tensor& x) const {
    return rows.defined() ? at::index_select(x, 0, rows) : x;
  }
};

// What every layer of one forward shares. Owned by whatever may still have to run a layer.
struct Shared {
  const DecoderConfig& config;
  Queries all;
  Queries last;  // of the last layer
  KvCache* cache;
};

// The queries of `from`, and the keys and values of all tokens, each [tokens, its heads * dim].
std::vector<Tensor> project(const DecoderLayer& layer, const Tensor& from, const Tensor& x,
                            const nn::Mode& mode) {
  const std::array<const nn::Linear*, 3> layers = {&layer.q_proj, &layer.k_proj, &layer.v_proj};
  const nn::RmsNorm* const norm = &layer.input_layernorm;
  if (from.is_same(x)) return nn::project(norm, layers, x, mode);
  std::vector<Tensor> out = nn::project(norm, std::span(layers).first(1), from, mode);
  for (Tensor& other : nn::project(norm, std::span(layers).subspan(1), x, mode)) {
    out.push_back(std::move(other));
  }
  return out;
}

// x + o(attention(q, k, v of norm(x))), for the queries alone.
Tensor attention_block(const DecoderLayer& layer, std::size_t index, const Tensor& x,
                       const Shared& shared, const Queries& queries, const nn::Mode& mode) {
  const auto heads = [&](const Tensor& flat) {
    return flat.view({flat.size(0), -1, shared.config.head_dim});
  };
  const Tensor from = queries.of(x);
  const std::vector<Tensor> read = project(layer, from, x, mode);
  const Tensor query = nn::apply_rope(heads(read[0]), queries.rope);
  Tensor key = nn::apply_rope(heads(read[1]), shared.all.rope);
  Tensor value = heads(read[2]);
  if (shared.cache != nullptr) std::tie(key, value) = shared.cache->append(index, key, value);
  const Tensor mixed = nn::attend(query, key, value, queries.layout);
  return nn::project_onto(from, layer.o_proj, mixed.reshape({from.size(0), -1}), mode);
}

std::vector<Tensor> trained_parts(const DecoderLayer& layer) {
  std::vector<Tensor> out = {layer.input_layernorm.weight, layer.post_attention_layernorm.weight};
  for (const nn::Linear* const linear :
       {&layer.q_proj, &layer.k_proj, &layer.v_proj, &layer.o_proj, &layer.mlp.gate_proj,
        &layer.mlp.up_proj, &layer.mlp.down_proj}) {
    out.insert(out.end(), {linear->weight, linear->bias});
    if (linear->low_rank) out.insert(out.end(), {linear->low_rank->a, linear->low_rank->b});
  }
  return out;
}

Tensor run_layers(const Decoder& decoder, Tensor x, const std::shared_ptr<const Shared>& shared,
                  const nn::Mode& mode) {
  for (std::size_t i = 0; i < decoder.layers.size(); ++i) {
    const DecoderLayer& layer = decoder.layers[i];
    const Queries& queries = i + 1 == decoder.layers.size() ? shared->last : shared->all;
    const nn::Part part = [&layer, &queries, i, shared](const Tensor& in, const nn::Mode& now) {
      const Tensor mixed = attention_block(layer, i, in, *shared, queries, now);
      return nn::feed_forward(layer.post_attention_layernorm, layer.mlp, mixed, now);
    };
    const bool again = std::cmp_less(i, mode.recomputed_layers) && shared->cache == nullptr;
    x = again ? nn::recomputed(part, x, trained_parts(layer), mode) : part(x, mode);
  }
  return x;
}

void check_ids(const ForwardInput& input, std::int64_t vocab_size) {
  for (const batch::TokenId id : input.ids) {
    if (id < 0 || id >= vocab_size) {
      throw DataError(
          "token id {} is outside the model's vocabulary of {}; the tokenizer and the "
          "model do not belong together",
          id, vocab_size);
    }
  }
}

void visit_linear(nn::Linear& layer, const std::function<void(const std::string&, Tensor&)>& visit,
                  bool bias) {
  visit(layer.name + ".weight", layer.weight);
  if (bias) visit(layer.name + ".bias", layer.bias);
}

}  // namespace

Decoder make_decoder(const DecoderConfig& config) {
  Decoder decoder;
  decoder.config = config;
  decoder.norm.eps = config.rms_norm_eps;
  decoder.layers.resize(static_cast<std::size_t>(config.num_hidden_layers));
  const nn::GatedActivation activation = nn::gated_activation(config.hidden_act);
  for (std::size_t i = 0; i < decoder.layers.size(); ++i) {
    DecoderLayer& layer = decoder.layers[i];
    const std::string at = text("model.layers.{}.", i);
    layer.input_layernorm.eps = layer.post_attention_layernorm.eps = config.rms_norm_eps;
    layer.q_proj.name = at + "self_attn.q_proj";
    layer.k_proj.name = at + "self_attn.k_proj";
    layer.v_proj.name = at + "self_attn.v_proj";
    layer.o_proj.name = at + "self_attn.o_proj";
    layer.mlp.gate_proj.name = at + "mlp.gate_proj";
    layer.mlp.up_proj.name = at + "mlp.up_proj";
    layer.mlp.down_proj.name = at + "mlp.down_proj";
    layer.mlp.activation = activation;
  }
  return decoder;
}

void for_each_parameter(Decoder& decoder,
                        const std::function<void(const std::string&, Tensor&)>& visit) {
  const DecoderConfig& config = decoder.config;
  visit("model.embed_tokens.weight", decoder.embed_tokens);
  for (std::size_t i = 0; i < decoder.layers.size(); ++i) {
    DecoderLayer& layer = decoder.layers[i];
    const std::string at = text("model.layers.{}.", i);
    visit_linear(layer.q_proj, visit, config.qkv_bias);
    visit_linear(layer.k_proj, visit, config.qkv_bias);
    visit_linear(layer.v_proj, visit, config.qkv_bias);
    visit_linear(layer.o_proj, visit, config.output_bias);
    visit_linear(layer.mlp.gate_proj, visit, config.mlp_bias);
    visit_linear(layer.mlp.up_proj, visit, config.mlp_bias);
    visit_linear(layer.mlp.down_proj, visit, config.mlp_bias);
    visit(at + "input_layernorm.weight", layer.input_layernorm.weight);
    visit(at + "post_attention_layernorm.weight", layer.post_attention_layernorm.weight);
  }
  visit("model.norm.weight", decoder.norm.weight);
  if (!config.labels.empty()) return visit("score.weight", decoder.score);
  if (!config.tie_word_embeddings) visit("lm_head.weight", decoder.lm_head);
}

std::vector<nn::Linear*> block_linears(Decoder& decoder) {
  std::vector<nn::Linear*> out;
  for (DecoderLayer& layer : decoder.layers) {
    for (nn::Linear* linear : {&layer.q_proj, &layer.k_proj, &layer.v_proj, &layer.o_proj,
                               &layer.mlp.gate_proj, &layer.mlp.up_proj, &layer.mlp.down_proj}) {
      out.push_back(linear);
    }
  }
  return out;
}

Tensor hidden_states(const Decoder& decoder, const ForwardInput& input, const nn::Mode& mode,
                     KvCache* cache) {
  check_ids(input, decoder.config.vocab_size);
  const at::Device device = decoder.device();
  const Tensor ids = tensor::tensor_of(input.ids, device);
  const Tensor positions = tensor::tensor_of(input.positions, device);
  const std::int64_t length = 1 + *std::max_element(input.positions.begin(), input.positions.end());
  const nn::RopeFrequencies frequencies = nn::rope_frequencies(decoder.config.rope, length);
  const std::int64_t first_new = cache == nullptr ? 0 : cache->size();
  const auto queries_of = [&](std::span<const std::int32_t> wanted) {
    const Tensor rows = wanted.empty() ? Tensor() : tensor::tensor_of(wanted, device);
    const Tensor at = rows.defined() ? at::index_select(positions, 0, rows) : positions;
    return Queries{rows, nn::rope_table(frequencies, at),
                   nn::attention_layout(input.segments, first_new, wanted, decoder.compute_type,
                                        device, decoder.config.sliding_window)};
  };
  const bool few = leaves_out(std::ssize(input.wanted), std::ssize(input.ids));
  const Queries all = queries_of({});
  const auto shared = std::make_shared<const Shared>(
      Shared{decoder.config, all, few ? queries_of(input.wanted) : all, cache});
  Tensor x = at::embedding(decoder.embed_tokens, ids).to(decoder.compute_type);
  x = run_layers(decoder, std::move(x), shared, mode);
  if (!few && !input.wanted.empty()) {
    x = at::index_select(x, 0, tensor::tensor_of(input.wanted, device));
  }
  return nn::rms_norm(decoder.norm, x);
}

Tensor head(const Decoder& decoder, at::ScalarType type) {
  if (!decoder.config.labels.empty()) {
    throw InternalError("a decoder with a classification head was asked for tokens");
  }
  return (decoder.lm_head.defined() ? decoder.lm_head : decoder.embed_tokens).to(type);
}

Tensor logits(const Decoder& decoder, const Tensor& hidden) {
  return nn::linear({"lm_head", head(decoder, hidden.scalar_type()), {}}, hidden, {});
}

}  // namespace fettle::model
