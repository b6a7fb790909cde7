// What a step is said to hold is what its tensors took, within 5%.
#include "train/memory.h"

#include <ATen/ops/full.h>
#include <gmock/gmock.h>

#include "tensor/allocator.h"
#include "tests/train/small_run.h"
#include "train/plan.h"
#include "train/step.h"

namespace fettle::train {
namespace {

struct Setting {
  const char* name;
  std::int64_t tokens;
  std::int64_t rows;
  double scored_share;
  bool full = false;
  bool bf16 = false;
  std::int64_t recomputed = 0;
  double dropout = 0;
  std::int64_t rank = 16;
};

constexpr Setting kSettings[] = {
    {"lora", 1024, 8, 0.1},
    {"lora, all scored", 1024, 8, 1.0},
    {"lora, long row", 1536, 1, 0.5},
    {"lora, short rows", 512, 32, 0.2},
    {"lora, bf16", 1024, 8, 0.1, false, true},
    {"lora, bf16, all scored", 1536, 4, 1.0, false, true},
    {"lora, rank 64", 1024, 8, 0.3, false, false, 0, 0, 64},
    {"lora, dropout", 1024, 8, 0.3, false, false, 0, 0.1},
    {"lora, dropout, bf16", 1024, 8, 0.3, false, true, 0, 0.1},
    {"lora, half again", 1536, 8, 0.1, false, false, 3},
    {"lora, all again", 2048, 8, 0.1, false, false, 6},
    {"lora, all again, bf16", 2048, 8, 1.0, false, true, 6},
    {"lora, dropout, half again", 1024, 8, 0.3, false, false, 3, 0.1},
    {"full", 1024, 8, 0.1, true},
    {"full, all scored", 1024, 8, 1.0, true},
    {"full, short", 128, 8, 0.5, true},
    {"full, bf16", 1024, 8, 0.1, true, true},
    {"full, bf16, all scored", 512, 8, 1.0, true, true},
    {"full, half again", 1024, 8, 0.1, true, false, 3},
    {"full, all again", 1536, 8, 0.1, true, false, 6},
    {"full, all again, bf16", 1536, 8, 0.1, true, true, 6},
};

model::DecoderConfig middle_config() {
  model::DecoderConfig config = model::tiny_config();
  config.vocab_size = 4096;
  config.hidden_size = 256;
  config.intermediate_size = 704;
  config.num_hidden_layers = 6;
  config.num_attention_heads = 8;
  config.num_key_value_heads = 4;
  config.head_dim = config.rope.head_dim = 32;
  config.max_position_embeddings = config.rope.max_position_embeddings = 8192;
  return config;
}

batch::Pack pack_of(const Setting& setting) {
  std::vector<batch::Example> rows;
  const auto length = static_cast<std::size_t>(setting.tokens / setting.rows) + 1;
  for (std::int64_t i = 0; i < setting.rows; ++i) {
    batch::Example row;
    row.ids = model::random_ids(length, text("row-{}", i));
    row.scored.assign(length, 0);
    const auto scored = static_cast<std::size_t>(setting.scored_share * double(length - 1));
    std::fill(row.scored.end() - static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, scored)),
              row.scored.end(), std::uint8_t{1});
    rows.push_back(std::move(row));
  }
  std::vector<const batch::Example*> chosen;
  for (const batch::Example& row : rows) chosen.push_back(&row);
  return batch::make_pack(chosen, {});
}

// Bytes that the tensors of two steps took at their fullest moment, the model included.
std::uint64_t taken_bytes(const Setting& setting, const batch::Pack& pack,
                          const adapt::MethodConfig& method) {
  const std::size_t before = tensor::memory_stats().in_use;
  model::Decoder decoder = model::make_decoder(middle_config());
  decoder.compute_type = setting.bf16 ? at::kBFloat16 : at::kFloat;
  model::for_each_parameter(decoder, [&](const std::string& name, Tensor& value) {
    value = at::full(model::tiny_shape(decoder.config, name), 0.02,
                     at::TensorOptions(decoder.compute_type));
  });
  if (!setting.full) adapt::add_lora(decoder, method, 1);
  const auto parameters = adapt::make_trainable(decoder, method);
  const auto optimizer = optim::make_optimizer({});
  const auto objective = objective::objectives()[0].make();
  const StepOptions options{.learning_rate = 1e-4,
                            .max_grad_norm = 1,
                            .dropout_seed = 1,
                            .recomputed_layers = setting.recomputed};
  for (int step = 0; step < 2; ++step) {
    tensor::reset_memory_peak();
    (void)train_step(decoder, *objective, {&pack, 1}, parameters, *optimizer, options);
  }
  return tensor::memory_stats().peak_in_use - before;
}

TEST(Memory, IsWhatTheTensorsTook) {
  tensor::use_memory_pool();
  if (tensor::memory_stats().regions == 0) {
    const Tensor probe = at::empty({1 << 20}, at::TensorOptions(at::kFloat));
    if (tensor::memory_stats().in_use == 0) GTEST_SKIP() << "the pool is off under a sanitizer";
  }
  const model::DecoderConfig config = middle_config();
  for (const Setting& setting : kSettings) {
    const batch::Pack pack = pack_of(setting);
    adapt::MethodConfig method = small_method(setting.dropout);
    method.lora_rank = setting.rank;
    if (setting.full) method.finetuning_type = "full";
    const std::int64_t trainable =
        setting.full ? config.parameter_count() : lora_parameters(config, method);
    const Memory said = step_memory({.config = config,
                                     .method = method,
                                     .compute_type = setting.bf16 ? at::kBFloat16 : at::kFloat,
                                     .trainable = trainable,
                                     .tokens = std::ssize(pack.ids),
                                     .scored = std::ssize(pack.scored)},
                                    setting.recomputed);
    const auto taken = static_cast<double>(taken_bytes(setting, pack, method));
    EXPECT_NEAR(static_cast<double>(said.total()) / taken, 1.0, 0.05)
        << setting.name << ": said " << byte_size(said.total()) << ", taken "
        << byte_size(static_cast<std::uint64_t>(taken));
  }
}

TEST(Memory, TakesTheFewestLayersThatFit) {
  const model::DecoderConfig config = middle_config();
  const adapt::MethodConfig method = small_method();
  PlanInput input{.config = config, .method = method};
  input.trainable = lora_parameters(config, method);
  input.largest_pack = 4096;
  input.largest_scored = 400;
  const auto bytes_with = [&](std::int64_t layers) {
    input.recomputed_layers = layers;
    return make_plan(input).memory_bytes();
  };
  const std::uint64_t none = bytes_with(0);
  const std::uint64_t all = bytes_with(config.num_hidden_layers);
  ASSERT_LT(3 * all, 2 * none);
  EXPECT_EQ(fewest_recomputed(input, none), 0);
  // What is chosen fits whatever else the plan counts, gaps among it, and no smaller count does.
  for (std::uint64_t limit = all; limit < none; limit += (none - 1 - all) / 7) {
    const std::int64_t chosen = fewest_recomputed(input, limit).value();
    EXPECT_LE(bytes_with(chosen), limit);
    for (std::int64_t fewer = 0; fewer < chosen; ++fewer) EXPECT_GT(bytes_with(fewer), limit);
  }
  EXPECT_EQ(fewest_recomputed(input, all / 2), std::nullopt);
}

}  // namespace
}  // namespace fettle::train
