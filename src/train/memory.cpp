#include "train/memory.h"

#include <algorithm>

#include "model/decoder.h"
#include "objective/head_log_probs.h"

namespace fettle::train {
namespace {

// Bytes of float32 gradients, masters and single moments.
constexpr double kMaster = 4;

struct Sizes {
  explicit Sizes(const MemoryInput& input)
      : hidden(double(input.config.hidden_size)),
        query(double(input.config.num_attention_heads * input.config.head_dim)),
        key_value(double(input.config.num_key_value_heads * input.config.head_dim)),
        inner(double(input.config.intermediate_size)),
        heads(double(input.config.num_attention_heads)),
        layers(double(input.config.num_hidden_layers)),
        table(double(input.config.vocab_size) * hidden),
        width(double(c10::elementSize(input.compute_type))),
        tokens(double(input.tokens)),
        scored(double(input.scored)),
        full(input.method.finetuning_type == "full") {}

  double hidden, query, key_value, inner, heads, layers, table, width, tokens, scored;
  bool full;
};

// What a layer keeps beside its input: of each token, and of each token that asks (whose queries,
// attention and feed-forward are computed).
struct Kept {
  double token, asking;
};

Kept kept_of(const MemoryInput& input, const Sizes& at) {
  const bool drops = !at.full && input.method.lora_dropout > 0;
  const bool silu = input.config.hidden_act == "silu";
  const bool fused = silu && !drops;
  const double low = at.full ? 0 : double(input.method.lora_rank);
  double token = 2 * at.key_value + 2 * low;
  double asking = at.hidden + 2 * at.query + 5 * low;
  asking += fused ? 2 * at.inner : at.hidden + (silu ? 3 : 4) * at.inner;
  // The inputs of the adapters with their masks, each of its own.
  if (drops) {
    token += at.hidden + 2 * at.hidden * 2;
    asking += 2 * (at.hidden * 3 + at.query + at.inner);
  }
  return {at.width * token + 4, at.width * asking + 4 * (1 + at.heads)};
}

double layer_parameters(const MemoryInput& input, const Sizes& at) {
  const double tables = at.table * (input.config.tie_word_embeddings ? 1 : 2);
  return (double(input.config.parameter_count()) - tables) / at.layers;
}

// What the backward pass of a layer needs of a token beside what was kept.
double passing_of_token(const Sizes& at) { return at.width * (4 * at.inner + 3 * at.hidden); }

// A trained layer's weights in the compute type stand beside their masters until it is passed.
double cast_of_layer(const MemoryInput& input, const Sizes& at, double parameters) {
  return at.full && input.compute_type != at::kFloat ? at.width * parameters : 0;
}

// The head: some logits, hidden states before and after the norm, their mean gradient.
double head_bytes(const MemoryInput& input, const Sizes& at) {
  const auto rows = double(std::min(objective::kHeadRows, input.scored));
  const auto words = double(std::min(objective::kHeadWords, input.config.vocab_size));
  const double of_table = kMaster + (at.width < 4 ? 2 * at.width : 0);
  return rows * 4 * (words + at.hidden) + at.scored * at.hidden * (2 * at.width + 4) +
         (at.full ? at.table * of_table : 0);
}

// The fullest moment of forward and backward. again: recomputed layers, the first ones.
double fullest_pass(const MemoryInput& input, const Sizes& at, double again) {
  const Kept each = kept_of(input, at);
  const double of_layer = layer_parameters(input, at);
  const double cast = cast_of_layer(input, at, of_layer);
  const double kept = at.tokens * (each.token + each.asking) + cast;
  // The last layer is computed for the scored rows alone where they are few (model/decoder.cpp).
  const double asking = model::leaves_out(input.scored, input.tokens) ? at.scored : at.tokens;
  const double kept_last =
      again < at.layers ? at.tokens * each.token + asking * each.asking + cast : 0;
  const double inputs = at.tokens * at.hidden * at.width;
  const double all = at.layers * inputs + std::max(0.0, at.layers - 1 - again) * kept + kept_last;
  const double passing = at.tokens * passing_of_token(at);
  // Gradients of the layers that were passed, and of the head.
  const double head_gradient = at.full ? kMaster * at.table : 0;
  const double gradient = kMaster * (at.full ? of_layer : double(input.trainable) / at.layers);
  // At a layer further down: the inputs up to it, and the gradients of it and of all above.
  const auto at_layer = [&](double below) {
    return inputs * (below + 1) + kept + passing + head_gradient + gradient * (at.layers - below);
  };
  return std::max(
      {all + head_bytes(input, at), all + head_gradient + gradient + asking / at.tokens * passing,
       all - kept_last + head_gradient + 2 * gradient + (again + 1 < at.layers ? passing : 0),
       at_layer(std::max(0.0, again - 1)), at_layer(0)});
}

}  // namespace

Memory step_memory(const MemoryInput& input, std::int64_t recomputed_layers) {
  const Sizes at(input);
  const auto parameters = double(input.config.parameter_count());
  const auto again = double(std::min(recomputed_layers, input.config.num_hidden_layers));
  const double trained = at.full ? parameters : double(input.trainable);
  Memory out;
  out.weights = at.full ? 0 : static_cast<std::uint64_t>(parameters * at.width);
  out.trained = static_cast<std::uint64_t>(trained * 3 * kMaster);
  out.activations = static_cast<std::uint64_t>(std::max(
      fullest_pass(input, at, again), kMaster * trained + (at.full ? at.table * kMaster : 0)));
  return out;
}

}  // namespace fettle::train
