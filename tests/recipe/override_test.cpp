#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recipe/load.h"
#include "tests/recipe/read.h"

namespace fettle::recipe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Override, ReplacesWhatTheFileSays) {
  const Recipe recipe =
      read_with("seed: 1\nlora_rank: 4\n", {"train.seed=2", "lora_rank = 8", "lr=1e-3", "lr=1e-5"});
  EXPECT_EQ(recipe.train.loop.seed, 2);
  EXPECT_EQ(recipe.method.lora_rank, 8);
  EXPECT_EQ(recipe.train.optim.learning_rate, 1e-5);
}

TEST(Override, GivesRequiredKeys) {
  EXPECT_EQ(read("", {"model_name_or_path=m", "data.dataset=a"}).model.model_name_or_path, "m");
}

TEST(Override, MayStandForAValueThatTheFileGetsWrong) {
  EXPECT_EQ(read_with("seed: x\n", {"seed=3"}).train.loop.seed, 3);
}

TEST(Override, ReadsLists) {
  const auto targets = [](const std::string& value) {
    return read_with("", {"lora_target=" + value}).method.lora_target;
  };
  EXPECT_THAT(targets("q_proj"), ElementsAre("q_proj"));
  EXPECT_THAT(targets("q_proj, v_proj"), ElementsAre("q_proj", "v_proj"));
  EXPECT_THAT(targets("[q_proj, 'v, proj']"), ElementsAre("q_proj", "v, proj"));
  EXPECT_THAT(read_with("labels: [a]", {"labels="}).data.labels, IsEmpty());
}

TEST(Override, TakesTextAsItStands) {
  EXPECT_EQ(read_with("", {"system=a: [b} = 'c'"}).data.system, "a: [b} = 'c'");
  EXPECT_EQ(read_with("chat_template: x", {"chat_template="}).model.chat_template, "");
  EXPECT_EQ(read_with("adapter_name_or_path: x", {"adapter_name_or_path=null"})
                .model.adapter_name_or_path,
            std::nullopt);
}

TEST(Override, OppositeNamesTurn) {
  EXPECT_FALSE(read_with("", {"train_on_inputs=true"}).train.batch.completion_only_loss);
}

TEST(Override, ReportsProblemsAfterTheLinesOfTheFile) {
  EXPECT_EQ(
      report_with("seed: x\n", {"lora_rank=a", "nonsens", "sead=1", "trian.seed=1", "model.seed=1",
                                "lora_target=[a", "packing="}),
      "r.yaml:4: seed must be a whole number, not \"x\"\n"
      "--set nonsens: must be key=value, such as learning_rate=1e-4\n"
      "--set sead=1: unknown key \"sead\": did you mean \"seed\"?\n"
      "--set trian.seed=1: unknown section \"trian\"\n"
      "--set model.seed=1: key \"seed\" belongs to section \"train\", not to \"model\"\n"
      "--set lora_target=[a: a key must be a word, not a list or a map; is a bracket left open?\n"
      "--set lora_rank=a: lora_rank must be a whole number, not \"a\"\n"
      "--set packing=: packing has no value; give true or false or take the key away");
}

}  // namespace
}  // namespace fettle::recipe
