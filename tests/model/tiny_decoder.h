// A decoder small enough for every test: random weights that are a function of a seed, and the
// plain forward of one row.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "model/decoder.h"

namespace fettle::model {

inline DecoderConfig tiny_config() {
  DecoderConfig config;
  config.vocab_size = 64;
  config.hidden_size = 32;
  config.intermediate_size = 48;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 8;
  config.max_position_embeddings = 512;
  config.rms_norm_eps = 1e-5;
  config.tie_word_embeddings = true;
  config.rope.head_dim = 8;
  config.rope.max_position_embeddings = 512;
  return config;
}

// The shape of a parameter, read off the definition of each layer.
inline std::vector<std::int64_t> tiny_shape(const DecoderConfig& c, const std::string& name) {
  const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
  const std::int64_t query = c.num_attention_heads * c.head_dim;
  const std::int64_t key_value = c.num_key_value_heads * c.head_dim;
  std::int64_t out = c.hidden_size;
  std::int64_t in = c.hidden_size;
  if (has("norm")) return {c.hidden_size};
  if (has("embed_tokens") || has("lm_head")) out = c.vocab_size;
  if (has("score")) out = static_cast<std::int64_t>(c.labels.size());
  if (has("q_proj")) out = query;
  if (has("k_proj") || has("v_proj")) out = key_value;
  if (has("o_proj")) in = query;
  if (has("gate_proj") || has("up_proj")) out = c.intermediate_size;
  if (has("down_proj")) in = c.intermediate_size;
  if (name.ends_with(".bias")) return {out};
  return {out, in};
}

// Standard normal values times `scale`, a function of (seed, stream).
inline Tensor random_values(at::IntArrayRef shape, double scale, const std::string& stream,
                            std::uint64_t seed = 1) {
  const Random random(seed, stream);
  Tensor out = at::empty(shape, at::TensorOptions(at::kFloat));
  float* const data = out.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i) {
    data[i] = static_cast<float>(scale * random.normal(static_cast<std::uint64_t>(i)));
  }
  return out;
}

inline Decoder tiny_decoder(const DecoderConfig& config = tiny_config(), std::uint64_t seed = 1) {
  Decoder decoder = make_decoder(config);
  for_each_parameter(decoder, [&](const std::string& name, Tensor& value) {
    const bool norm = name.find("norm") != std::string::npos;
    value = random_values(tiny_shape(config, name), norm ? 0.1 : 0.25, name, seed);
    if (norm) value += 1.0;
  });
  return decoder;
}

inline std::vector<batch::TokenId> random_ids(std::size_t count, const std::string& stream,
                                              std::uint64_t bound = 64) {
  const Random random(3, stream);
  std::vector<batch::TokenId> ids;
  for (std::size_t i = 0; i < count; ++i) {
    ids.push_back(static_cast<batch::TokenId>(random.below(i, bound)));
  }
  return ids;
}

// Hidden states of one row alone.
inline Tensor row_hidden(const Decoder& decoder, const std::vector<batch::TokenId>& ids) {
  std::vector<std::int32_t> positions;
  for (std::size_t i = 0; i < ids.size(); ++i) positions.push_back(static_cast<std::int32_t>(i));
  const std::vector<batch::Segment> segments = {{-1, 0, static_cast<std::int32_t>(ids.size()), 0}};
  return hidden_states(decoder, {ids, positions, segments}, {});
}

inline double largest_difference(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes()) return 1e30;
  return (a - b).abs().max().item<double>();
}

// |a - b| / |b|, the norms over all elements.
inline double relative_distance(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes()) return 1e30;
  return (a - b).norm().item<double>() / std::max(b.norm().item<double>(), 1e-30);
}

}  // namespace fettle::model
