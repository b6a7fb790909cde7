#include "recipe/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/recipe/read.h"

namespace fettle::recipe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Load, ReadsSections) {
  const Recipe recipe = read(
      "model:\n  model_name_or_path: models/a b\n  dtype: bfloat16\n"
      "data:\n  dataset: [a.jsonl, b.csv]\n  val_size: 0.1\n"
      "method:\n  lora_rank: 8\n  lora_target:\n  - q_proj\n  - v_proj\n"
      "train:\n  learning_rate: 1e-4\n  max_length: 512\n  seed: 7\n  packing: no\n"
      "  greater_is_better: false\n  eval_strategy: epoch\n"
      "evaluate:\n  metrics: [exact_match, loss]\n");
  EXPECT_EQ(recipe.model.model_name_or_path, "models/a b");
  EXPECT_EQ(recipe.model.dtype, "bfloat16");
  EXPECT_THAT(recipe.data.dataset, ElementsAre("a.jsonl", "b.csv"));
  EXPECT_EQ(recipe.data.val_size, 0.1);
  EXPECT_EQ(recipe.method.lora_rank, 8);
  EXPECT_THAT(recipe.method.lora_target, ElementsAre("q_proj", "v_proj"));
  EXPECT_EQ(recipe.train.optim.learning_rate, 1e-4);
  EXPECT_EQ(recipe.train.batch.max_length, 512);
  EXPECT_EQ(recipe.train.loop.seed, 7);
  EXPECT_FALSE(recipe.train.batch.packing);
  EXPECT_EQ(recipe.train.loop.greater_is_better, false);
  EXPECT_EQ(recipe.train.loop.eval_strategy, "epoch");
  EXPECT_EQ(recipe.train.loop.resume_from_checkpoint, std::nullopt);
  EXPECT_THAT(recipe.evaluate.metrics, ElementsAre("exact_match", "loss"));
}

TEST(Load, ReadsFlatKeysAndSectionsTogether) {
  const Recipe recipe =
      read("model_name_or_path: m\ndataset: d.jsonl\ntrain:\n  seed: 3\nlora_rank: 4\n");
  EXPECT_EQ(recipe.model.model_name_or_path, "m");
  EXPECT_EQ(recipe.train.loop.seed, 3);
  EXPECT_EQ(recipe.method.lora_rank, 4);
}

TEST(Load, UnderstandsOtherTrainersNamesAndSaysSo) {
  const Loaded loaded = read_recipe(
      "model: m\nmethod: lora\ndatasets: [d.jsonl]\nlr: 0.5\ntrain_on_inputs: true\n"
      "optimizer: adamw_torch\nlora_target: all\nevaluation_strategy: false\n",
      "r.yaml");
  EXPECT_EQ(loaded.recipe.model.model_name_or_path, "m");
  EXPECT_EQ(loaded.recipe.train.optim.learning_rate, 0.5);
  EXPECT_EQ(loaded.recipe.train.optim.optim, "adamw");
  EXPECT_FALSE(loaded.recipe.train.batch.completion_only_loss);
  EXPECT_EQ(loaded.recipe.train.loop.eval_strategy, "no");
  EXPECT_THAT(loaded.notes,
              ElementsAre("r.yaml:1: \"model\" is read as \"model_name_or_path\"",
                          "r.yaml:2: \"method\" is read as \"finetuning_type\"",
                          "r.yaml:3: \"datasets\" is read as \"dataset\"",
                          "r.yaml:4: \"lr\" is read as \"learning_rate\"",
                          "r.yaml:5: \"train_on_inputs\" is read as the opposite of "
                          "\"completion_only_loss\"",
                          "r.yaml:6: \"optimizer\" is read as \"optim\"",
                          "r.yaml:6: optim: \"adamw_torch\" is read as \"adamw\"",
                          "r.yaml:7: lora_target: \"all\" is read as \"all-linear\"",
                          "r.yaml:8: \"evaluation_strategy\" is read as \"eval_strategy\"",
                          "r.yaml:8: eval_strategy: \"false\" is read as \"no\""));
}

TEST(Load, OppositeNamesTurnBothWays) {
  EXPECT_TRUE(read_with("train_on_prompt: no\n").train.batch.completion_only_loss);
  EXPECT_FALSE(read_with("train_on_prompt: yes\n").train.batch.completion_only_loss);
  EXPECT_FALSE(read_with("assistant_only_loss: false\n").train.batch.completion_only_loss);
}

TEST(Load, SuggestsTheKeyThatWasMeant) {
  EXPECT_EQ(report_with("train:\n  learning_rat: 1\n"),
            "r.yaml:5: unknown key \"learning_rat\": did you mean \"learning_rate\"?");
  EXPECT_EQ(report_with("learning_rat: 1\n"),
            "r.yaml:4: unknown key \"learning_rat\": did you mean \"learning_rate\"?");
  EXPECT_EQ(report_with("method:\n  learning_rat: 1\n"),
            "r.yaml:5: unknown key \"learning_rat\": did you mean \"learning_rate\" of section "
            "\"train\"?");
  EXPECT_EQ(report_with("method:\n  learning_rate: 1\n"),
            "r.yaml:5: key \"learning_rate\" belongs to section \"train\", not to \"method\"");
  EXPECT_EQ(report_with("trian:\n  seed: 1\n").substr(0, 56),
            "r.yaml:4: unknown section \"trian\": did you mean \"train\"?");
  EXPECT_EQ(report_with("zzzzzzzzzzzz: 1\n"),
            "r.yaml:4: unknown key \"zzzzzzzzzzzz\"; `fettle show fields` lists the known ones");
  EXPECT_THAT(report_with("evaluate:\n  zzzzzzzzzzzz: 1\n"),
              HasSubstr("unknown key \"zzzzzzzzzzzz\" in section \"evaluate\"; known: metrics, "));
}

TEST(Load, ReportsAllProblemsSortedByLine) {
  EXPECT_EQ(report("train:\n  seed: x\n  learning_rte: 1\nmethod:\n  lora_rank: 0\n"
                   "evaluate:\n  metrics: [los]\ndata: d\n"),
            "r.yaml:2: seed must be a whole number, not \"x\"\n"
            "r.yaml:3: unknown key \"learning_rte\": did you mean \"learning_rate\"?\n"
            "r.yaml:5: lora_rank is 0; allowed: 1 to 65536\n"
            "r.yaml:7: metrics is \"los\": did you mean \"loss\"?; allowed: loss, exact_match, "
            "likelihood_accuracy, macro_f1\n"
            "r.yaml:8: section \"data\" must hold keys and values, indented below it\n"
            "r.yaml: section \"model\" lacks \"model_name_or_path\": folder of the base model in "
            "Hugging Face's layout, or a GGUF file\n"
            "r.yaml: section \"data\" lacks \"dataset\": files of training rows (.jsonl, .json, "
            ".csv, .tsv, .txt, each also .gz), folders that "
            "`fettle prepare` wrote, or `wordnet`");
}

TEST(Load, RefusesAKeyThatIsGivenTwice) {
  EXPECT_EQ(report_with("seed: 1\nseed: 2\n"),
            "r.yaml:5: seed is given twice, first as \"seed\" on line 4; keep one");
  EXPECT_EQ(report_with("train:\n  lr: 1\n  learning_rate: 1\n"),
            "r.yaml:6: learning_rate is given twice, first as \"lr\" on line 5; keep one");
  EXPECT_EQ(report_with("train: {seed: 1}\nseed: 2\n"),
            "r.yaml:5: seed is given twice, first as \"seed\" on line 4; keep one");
}

TEST(Load, EmptySectionsAreSectionsWithoutKeys) {
  EXPECT_EQ(report_with("train:\nmethod: {}\n"), "");
  EXPECT_EQ(report_with("model: ~\n").substr(0, 9), "");
}

TEST(Load, NamesTheRunAfterTheFile) {
  const auto folder = std::filesystem::temp_directory_path() / "fettle-recipe-load-test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "poems.yaml") << kLeast;
  EXPECT_EQ(load_recipe(folder / "poems.yaml").recipe.train.loop.output_dir, "runs/poems");
  const std::vector<std::string> overrides = {"output_dir=here"};
  EXPECT_EQ(load_recipe(folder / "poems.yaml", overrides).recipe.train.loop.output_dir, "here");
  EXPECT_THROW((void)load_recipe(folder / "absent.yaml"), IoError);
  std::ofstream(folder / "large.yaml") << std::string((1U << 20U) + 1, '#');
  try {
    (void)load_recipe(folder / "large.yaml");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("has 1048577 bytes; a recipe may have 1048576"));
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace fettle::recipe
