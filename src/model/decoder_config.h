// The shape of a causal decoder, in Hugging Face's key names. Families differ in these values, not
// in code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nn/rope.h"

namespace fettle::model {

struct DecoderConfig {
  std::string model_type = "llama";
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t num_key_value_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t max_position_embeddings = 2048;
  std::int64_t sliding_window = 0;  // tokens that one sees, itself among them; 0: all before it
  double rms_norm_eps = 1e-6;
  std::string hidden_act = "silu";
  bool tie_word_embeddings = false;
  bool qkv_bias = false;
  bool output_bias = false;  // of o_proj
  bool mlp_bias = false;
  nn::RopeConfig rope;
  std::vector<std::int64_t> bos_token_id;
  std::vector<std::int64_t> eos_token_id;  // any of them ends an answer
  // A classification head in the language head's place: its classes' names in the order of its
  // rows (id2label), and the id that is padding to it. No labels: a language head.
  std::vector<std::string> labels;
  std::optional<std::int64_t> pad_token_id;

  // All parameters, a tied head counted once.
  [[nodiscard]] std::int64_t parameter_count() const;
};

// Throws ModelError naming `where`, the key, its value and what is allowed, if the shape is
// impossible or absurd (sizes are bounded before anything is allocated).
void check_config(const DecoderConfig& config, const std::string& where);

}  // namespace fettle::model
