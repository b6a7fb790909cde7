// Low-rank parts as an edit on a model: which modules get one, how it starts, what is trained.
#include "adapt/lora.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "adapt/trainable.h"
#include "model/score.h"
#include "tests/model/support.h"
#include "tests/model/tiny_decoder.h"

namespace fettle::adapt {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using model::random_ids;
using model::row_hidden;
using model::tiny_decoder;

std::set<std::string> adapted(const MethodConfig& config) {
  model::Decoder decoder = tiny_decoder();
  add_lora(decoder, config, 1);
  std::set<std::string> out;
  for (const nn::Linear* linear : model::block_linears(decoder)) {
    if (linear->low_rank) out.insert(linear->name);
  }
  return out;
}

MethodConfig with_target(const std::vector<std::string>& targets,
                         const std::vector<std::string>& excluded = {}) {
  MethodConfig config;
  config.lora_rank = 4;
  config.lora_target = targets;
  config.exclude_modules = excluded;
  return config;
}

TEST(Lora, StartsAsTheIdentity) {
  model::Decoder decoder = tiny_decoder();
  const auto ids = random_ids(9, "identity");
  const Tensor before = row_hidden(decoder, ids);
  add_lora(decoder, with_target({"all-linear"}), 7);
  EXPECT_EQ(model::largest_difference(row_hidden(decoder, ids), before), 0.0);
  for (nn::Linear* linear : model::block_linears(decoder)) {
    linear->low_rank->b.fill_(0.01);
  }
  EXPECT_GT(model::largest_difference(row_hidden(decoder, ids), before), 1e-4);
}

TEST(Lora, TargetsByNameSuffixAndPattern) {
  EXPECT_EQ(adapted(with_target({"all-linear"})).size(), 14U);
  EXPECT_EQ(adapted(with_target({"q_proj"})),
            (std::set<std::string>{"model.layers.0.self_attn.q_proj",
                                   "model.layers.1.self_attn.q_proj"}));
  EXPECT_EQ(adapted(with_target({"model.layers.1.mlp.up_proj"})),
            (std::set<std::string>{"model.layers.1.mlp.up_proj"}));
  EXPECT_EQ(adapted(with_target({"self_attn.v_proj", "mlp.down_proj"})).size(), 4U);
  EXPECT_EQ(adapted(with_target({"model.layers.0.*"})).size(), 7U);
  EXPECT_EQ(adapted(with_target({"model.layers.?.mlp.*_proj"})).size(), 6U);
  EXPECT_EQ(adapted(with_target({"*"}, {"*mlp*", "q_proj"})).size(), 6U);
  EXPECT_EQ(adapted(with_target({"all-linear"}, {"model.layers.0.*"})).size(), 7U);
  // A suffix begins after a dot, as in PEFT.
  EXPECT_FALSE(targets({"proj"}, "model.layers.0.self_attn.q_proj"));
  EXPECT_FALSE(targets({"q_proj"}, "model.layers.0.self_attn.qq_proj"));
}

TEST(Lora, PatternsTakeNoExponentialTime) {
  const std::string module(2000, 'a');
  EXPECT_FALSE(targets({"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"}, module));
  EXPECT_TRUE(targets({"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*"}, module));
}

TEST(Lora, AnUnknownTargetListsTheModules) {
  const auto refused = [](const MethodConfig& config) {
    return message_of<UsageError>([&] { (void)adapted(config); });
  };
  EXPECT_THAT(refused(with_target({"q_proj", "q_prj"})),
              AllOf(HasSubstr("method.lora_target"), HasSubstr("\"q_prj\""),
                    HasSubstr("did you mean \"q_proj\""), HasSubstr("down_proj, gate_proj")));
  EXPECT_THAT(refused(with_target({"all-linear"}, {"lm_head"})),
              AllOf(HasSubstr("method.exclude_modules"), HasSubstr("\"lm_head\"")));
  EXPECT_THAT(refused(with_target({"q_proj"}, {"self_attn.q_proj"})),
              HasSubstr("leaves no module to adapt"));
}

Tensor first_a(const std::string& target, std::uint64_t seed) {
  model::Decoder decoder = tiny_decoder();
  add_lora(decoder, with_target({target}), seed);
  return decoder.layers[1].q_proj.low_rank->a;
}

TEST(Lora, TheStartDependsOnSeedAndModuleAlone) {
  const Tensor all = first_a("all-linear", 3);
  EXPECT_EQ(model::largest_difference(all, first_a("q_proj", 3)), 0.0);
  EXPECT_GT(model::largest_difference(all, first_a("q_proj", 4)), 1e-3);
  model::Decoder decoder = tiny_decoder();
  add_lora(decoder, with_target({"all-linear"}), 3);
  EXPECT_GT(model::largest_difference(all, decoder.layers[0].q_proj.low_rank->a), 1e-3);
}

TEST(Lora, TheStartIsUniformInPeftsBound) {
  model::Decoder decoder = tiny_decoder();
  MethodConfig config = with_target({"down_proj"});
  config.lora_rank = 64;
  add_lora(decoder, config, 3);
  const Tensor a = decoder.layers[0].mlp.down_proj.low_rank->a;
  const double bound = 1.0 / std::sqrt(48.0);
  EXPECT_LE(a.abs().max().item<double>(), bound);
  EXPECT_GT(a.abs().max().item<double>(), 0.98 * bound);
  EXPECT_NEAR(a.mean().item<double>(), 0.0, 0.05 * bound);
  EXPECT_NEAR((a * a).mean().item<double>(), bound * bound / 3.0, 0.05 * bound * bound);
}

TEST(Lora, ScalesByRankOrItsRoot) {
  MethodConfig config;
  config.lora_rank = 16;
  config.lora_alpha = 32;
  EXPECT_DOUBLE_EQ(lora_scale(config), 2.0);
  config.use_rslora = true;
  EXPECT_DOUBLE_EQ(lora_scale(config), 8.0);
  model::Decoder decoder = tiny_decoder();
  add_lora(decoder, config, 1);
  EXPECT_DOUBLE_EQ(decoder.layers[0].q_proj.low_rank->scale, 8.0);
}

TEST(Trainable, LoraTrainsTheLowRankPartsAlone) {
  model::Decoder decoder = tiny_decoder();
  const MethodConfig config = with_target({"q_proj", "down_proj"});
  add_lora(decoder, config, 1);
  const auto parameters = make_trainable(decoder, config);
  ASSERT_EQ(parameters.size(), 8U);
  EXPECT_EQ(parameters[0].name, "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight");
  EXPECT_EQ(parameters[7].name, "base_model.model.model.layers.1.mlp.down_proj.lora_B.weight");
  row_hidden(decoder, random_ids(5, "trainable")).sum().backward();
  for (const auto& parameter : parameters) {
    EXPECT_TRUE(parameter.value.grad().defined()) << parameter.name;
    EXPECT_EQ(parameter.value.scalar_type(), at::kFloat);
  }
  model::for_each_parameter(decoder, [](const std::string& name, const Tensor& value) {
    EXPECT_FALSE(value.requires_grad()) << name;
  });
}

TEST(Trainable, FullTrainsFloatMastersOfAllAndSparesNormsFromDecay) {
  model::Decoder decoder = tiny_decoder();
  model::for_each_parameter(
      decoder, [](const std::string&, Tensor& value) { value = value.to(at::kBFloat16); });
  const Tensor loaded = decoder.embed_tokens;
  MethodConfig config;
  config.finetuning_type = "full";
  const auto parameters = make_trainable(decoder, config);
  ASSERT_EQ(parameters.size(), 2U + 2U * 9U);
  EXPECT_EQ(parameters[0].name, "model.embed_tokens.weight");
  EXPECT_NE(decoder.embed_tokens.data_ptr(), loaded.data_ptr());
  for (const auto& parameter : parameters) {
    EXPECT_EQ(parameter.value.scalar_type(), at::kFloat);
    EXPECT_TRUE(parameter.value.requires_grad());
    EXPECT_EQ(parameter.decays, parameter.name.find("norm") == std::string::npos);
  }
  MethodConfig lora;
  EXPECT_THROW((void)make_trainable(decoder, lora), InternalError);
}

}  // namespace
}  // namespace fettle::adapt
