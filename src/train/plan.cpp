#include "train/plan.h"

#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>

#include "adapt/lora.h"
#include "model/decoder.h"

namespace fettle::train {
namespace {

// Layers that are computed again take and leave blocks of many sizes: the gaps between them, as a
// share of the activations. Measured on SmolLM2.
constexpr double kGapShare = 0.07;

// in + out of a block's linear layer, by its last name.
std::pair<std::int64_t, std::int64_t> sizes_of(const model::DecoderConfig& config,
                                               const std::string& module) {
  const std::int64_t query = config.num_attention_heads * config.head_dim;
  const std::int64_t key_value = config.num_key_value_heads * config.head_dim;
  const std::int64_t hidden = config.hidden_size;
  const std::int64_t inner = config.intermediate_size;
  if (module.ends_with("q_proj")) return {hidden, query};
  if (module.ends_with("k_proj") || module.ends_with("v_proj")) return {hidden, key_value};
  if (module.ends_with("o_proj")) return {query, hidden};
  if (module.ends_with("down_proj")) return {inner, hidden};
  return {hidden, inner};
}

// body: the parameters that a token goes through.
double flops_per_token(const PlanInput& input, double body) {
  // Forward and the gradients of activations always; those of weights only in full fine-tuning.
  const bool full = input.method.finetuning_type == "full";
  return (full ? 6.0 : 4.0) * body + (full ? 0.0 : 6.0 * static_cast<double>(input.trainable));
}

}  // namespace

std::int64_t lora_parameters(const model::DecoderConfig& config,
                             const adapt::MethodConfig& method) {
  model::Decoder decoder = model::make_decoder(config);
  std::int64_t count = 0;
  for (const nn::Linear* linear : model::block_linears(decoder)) {
    if (!adapt::targets(method.lora_target, linear->name) ||
        adapt::targets(method.exclude_modules, linear->name)) {
      continue;
    }
    const auto [in, out] = sizes_of(config, linear->name);
    count += method.lora_rank * (in + out);
  }
  return count;
}

Plan make_plan(const PlanInput& input) {
  const model::DecoderConfig& config = input.config;
  Plan plan;
  plan.parameters = config.parameter_count();
  plan.trainable = input.trainable;
  plan.steps = input.steps;
  plan.recomputed_layers = std::min(input.recomputed_layers, config.num_hidden_layers);
  plan.memory = step_memory(input.memory(), plan.recomputed_layers);
  plan.process_bytes = input.process_bytes;
  if (plan.recomputed_layers > 0) {
    const auto activations = static_cast<double>(plan.memory.activations);
    plan.gap_bytes = static_cast<std::uint64_t>(kGapShare * activations);
  }
  const std::int64_t tables = config.vocab_size * config.hidden_size;
  const auto body =
      static_cast<double>(plan.parameters - tables * (config.tie_word_embeddings ? 1 : 2));
  const double again =
      static_cast<double>(plan.recomputed_layers) / static_cast<double>(config.num_hidden_layers);
  const double per_step =
      input.computed_per_step * (flops_per_token(input, body) + 2.0 * again * body) +
      input.scored_per_step * flops_per_token(input, static_cast<double>(tables));
  plan.flops = static_cast<double>(plan.steps) * per_step;
  return plan;
}

std::optional<std::int64_t> fewest_recomputed(PlanInput input, std::uint64_t limit) {
  const std::int64_t all = input.config.num_hidden_layers;
  for (input.recomputed_layers = 0; input.recomputed_layers <= all; ++input.recomputed_layers) {
    if (make_plan(input).memory_bytes() <= limit) return input.recomputed_layers;
  }
  return std::nullopt;
}

double measure_flops(at::Device device, at::ScalarType type) {
  const c10::AutoGradMode no_gradient(false);
  constexpr std::int64_t kSize = 768;
  const Tensor a = at::ones({kSize, kSize}, at::TensorOptions(type).device(device));
  using Clock = std::chrono::steady_clock;
  (void)at::matmul(a, a);
  const auto started = Clock::now();
  double seconds = 0;
  std::int64_t products = 0;
  while (seconds < 0.2 && products < 1000) {
    const Tensor product = at::matmul(a, a);
    (void)product.select(0, 0).select(0, 0).item<double>();  // waits for a GPU
    ++products;
    seconds = std::chrono::duration<double>(Clock::now() - started).count();
  }
  return 2.0 * kSize * kSize * kSize * static_cast<double>(products) / seconds;
}

}  // namespace fettle::train
