#include "model/decoder_config.h"

#include <array>
#include <string_view>

#include "base/error.h"

namespace fettle::model {

std::int64_t DecoderConfig::parameter_count() const {
  const std::int64_t query = num_attention_heads * head_dim;
  const std::int64_t key_value = num_key_value_heads * head_dim;
  std::int64_t layer =
      hidden_size * (2 * query + 2 * key_value + 3 * intermediate_size) + 2 * hidden_size;
  if (qkv_bias) layer += query + 2 * key_value;
  if (output_bias) layer += hidden_size;
  if (mlp_bias) layer += 2 * intermediate_size + hidden_size;
  const std::int64_t language_head = tie_word_embeddings ? 0 : vocab_size;
  const std::int64_t head = labels.empty() ? language_head : std::ssize(labels);
  return (vocab_size + head) * hidden_size + num_hidden_layers * layer + hidden_size;
}

void check_config(const DecoderConfig& config, const std::string& where) {
  struct Bound {
    std::string_view key;
    std::int64_t value;
    std::int64_t max;
  };
  const std::array kBounds = {
      Bound{"vocab_size", config.vocab_size, 4'000'000},
      Bound{"hidden_size", config.hidden_size, 1 << 17},
      Bound{"intermediate_size", config.intermediate_size, 1 << 19},
      Bound{"num_hidden_layers", config.num_hidden_layers, 1024},
      Bound{"num_attention_heads", config.num_attention_heads, 1024},
      Bound{"num_key_value_heads", config.num_key_value_heads, 1024},
      Bound{"head_dim", config.head_dim, 4096},
      Bound{"max_position_embeddings", config.max_position_embeddings, std::int64_t{1} << 31},
  };
  for (const Bound& bound : kBounds) {
    if (bound.value < 1 || bound.value > bound.max) {
      throw ModelError("{}: {} is {}; allowed 1 to {}", where, bound.key, bound.value, bound.max);
    }
  }
  if (config.num_attention_heads % config.num_key_value_heads != 0) {
    throw ModelError("{}: num_attention_heads {} is no multiple of num_key_value_heads {}", where,
                     config.num_attention_heads, config.num_key_value_heads);
  }
  if (config.head_dim % 2 != 0) {
    throw ModelError("{}: head_dim is {}; rotary positions need an even one", where,
                     config.head_dim);
  }
  const nn::RopeConfig& rope = config.rope;
  if (!(rope.rope_theta > 0.0) || !(rope.factor > 0.0)) {
    throw ModelError("{}: rope_theta {} and factor {} must be above 0", where, rope.rope_theta,
                     rope.factor);
  }
}

}  // namespace fettle::model
