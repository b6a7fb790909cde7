// The configuration of a decoder as a GGUF file's metadata has it.
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/from_blob.h>

#include <optional>

#include "base/error.h"
#include "model/families.h"

namespace fettle::model {
namespace {

// GGUF files of llama3-scaled models hold the divisors of the frequencies instead of the factors.
// The published factors are tried; the one that gives the file's divisors is taken.
void match_rope_factors(const tensor::GgufFile& file, const tensor::GgufTensor& divisors,
                        DecoderConfig& config) {
  const std::int64_t half = config.head_dim / 2;
  if (divisors.type != tensor::GgmlType::kF32 ||
      divisors.bytes.size() != static_cast<std::size_t>(half) * sizeof(float)) {
    throw ModelError("{}: tensor \"{}\" must hold {} F32 values", file.path(), divisors.name, half);
  }
  const Tensor theirs = at::from_blob(const_cast<std::byte*>(divisors.bytes.data()), {half},
                                      at::TensorOptions(at::kFloat));
  const Tensor plain = nn::rope_frequencies(config.rope, 1).inverse;
  for (const double factor : {8.0, 32.0, 16.0, 4.0}) {
    nn::RopeConfig tried = config.rope;
    tried.rope_type = "llama3";
    tried.factor = factor;
    tried.original_max_position_embeddings = 8192;
    if (at::allclose(plain / nn::rope_frequencies(tried, 1).inverse, theirs, 1e-4, 1e-4)) {
      config.rope = tried;
      return;
    }
  }
  throw ModelError(
      "{}: the rotary divisors in \"{}\" fit no known llama3 scaling; use the model's "
      "safetensors folder",
      file.path(), divisors.name);
}

void read_gguf_rope(const tensor::GgufFile& file, const std::string& prefix,
                    DecoderConfig& config) {
  config.rope.head_dim = config.head_dim;
  config.rope.max_position_embeddings = config.max_position_embeddings;
  config.rope.rope_theta = file.number(prefix + "rope.freq_base").value_or(10000.0);
  const std::string type = file.text(prefix + "rope.scaling.type").value_or("none");
  if (type == "linear" || type == "yarn") {
    config.rope.rope_type = type;
    config.rope.factor = file.number(prefix + "rope.scaling.factor").value_or(1.0);
    config.rope.original_max_position_embeddings =
        file.integer(prefix + "rope.scaling.original_context_length").value_or(0);
  } else if (type != "none") {
    throw ModelError("{}: rope.scaling.type \"{}\" is not supported; known: none, linear, yarn",
                     file.path(), type);
  }
  if (const tensor::GgufTensor* divisors = file.find("rope_freqs.weight")) {
    match_rope_factors(file, *divisors, config);
  }
}

std::int64_t required(const tensor::GgufFile& file, const std::string& key) {
  const std::optional<std::int64_t> value = file.integer(key);
  if (!value) throw ModelError("{}: key \"{}\" is missing", file.path(), key);
  return *value;
}

}  // namespace

DecoderConfig read_config(const tensor::GgufFile& file) {
  const std::string where = file.path().string();
  const std::string architecture = file.text("general.architecture").value_or("");
  const Family& family = family_of_gguf(architecture, where);
  const std::string prefix = architecture + ".";
  DecoderConfig config;
  config.model_type = family.name;
  config.hidden_size = required(file, prefix + "embedding_length");
  config.intermediate_size = required(file, prefix + "feed_forward_length");
  config.num_hidden_layers = required(file, prefix + "block_count");
  config.num_attention_heads = required(file, prefix + "attention.head_count");
  config.num_key_value_heads =
      file.integer(prefix + "attention.head_count_kv").value_or(config.num_attention_heads);
  if (config.num_attention_heads < 1) throw ModelError("{}: no attention heads", where);
  config.head_dim = file.integer(prefix + "attention.key_length")
                        .value_or(config.hidden_size / config.num_attention_heads);
  config.max_position_embeddings = file.integer(prefix + "context_length").value_or(2048);
  config.rms_norm_eps = file.number(prefix + "attention.layer_norm_rms_epsilon").value_or(1e-5);
  const tensor::GgufTensor* embedding = file.find("token_embd.weight");
  if (embedding == nullptr || embedding->shape.size() != 2) {
    throw ModelError("{}: tensor \"token_embd.weight\" is missing or not a matrix", where);
  }
  config.vocab_size = embedding->shape[0];
  config.tie_word_embeddings = file.find("output.weight") == nullptr;
  config.qkv_bias = file.find("blk.0.attn_q.bias") != nullptr;
  config.output_bias = file.find("blk.0.attn_output.bias") != nullptr;
  config.mlp_bias = file.find("blk.0.ffn_up.bias") != nullptr;
  if (const auto id = file.integer("tokenizer.ggml.bos_token_id")) config.bos_token_id = {*id};
  if (const auto id = file.integer("tokenizer.ggml.eos_token_id")) config.eos_token_id = {*id};
  check_config(config, where);
  read_gguf_rope(file, prefix, config);
  return config;
}

}  // namespace fettle::model
