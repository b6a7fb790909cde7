#include "recipe/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/recipe/read.h"

namespace fettle::recipe {
namespace {

using testing::HasSubstr;

TEST(Check, TheLeastRecipeIsGood) { EXPECT_EQ(report_with(""), ""); }

TEST(Check, Device) {
  EXPECT_EQ(report_with("device: cuda:1\n"), "");
  for (const std::string bad : {"gpu", "cuda:", "cuda:x", "cuda:12345"}) {
    EXPECT_EQ(report_with("device: '" + bad + "'\n"),
              "r.yaml:4: device is \"" + bad + "\"; allowed: auto, cpu, cuda, cuda:N");
  }
}

TEST(Check, NamesThatAreEmpty) {
  EXPECT_EQ(report("model: {model_name_or_path: ''}\ndata: {dataset: []}\n"),
            "r.yaml:1: model_name_or_path is empty; name a model's folder\n"
            "r.yaml:2: dataset names no file; name at least one");
  EXPECT_EQ(report_with("lora_target: []\n"),
            "r.yaml:4: lora_target names no module; say all-linear or names");
}

TEST(Check, OneWarmupOnly) {
  EXPECT_EQ(report_with("warmup_ratio: 0.1\nwarmup_steps: 5\n"),
            "r.yaml:4: warmup_ratio and warmup_steps are both given; keep one of the two");
  EXPECT_EQ(report_with("warmup_ratio: 0.1\nlr_scheduler_type: constant\n"),
            "r.yaml:5: lr_scheduler_type: constant has no warmup; say constant_with_warmup");
  EXPECT_EQ(report_with("warmup_steps: 9\nmax_steps: 8\n"),
            "r.yaml:4: warmup_steps is 9, but the run ends after 8");
  EXPECT_EQ(report_with("max_steps: 0\n"),
            "r.yaml:4: max_steps is 0; allowed: -1 (not given) or at least 1");
}

TEST(Check, EvaluationsNeedRows) {
  EXPECT_THAT(report_with("eval_strategy: epoch\n"),
              HasSubstr("r.yaml:4: eval_strategy needs rows to evaluate on; give eval_dataset"));
  EXPECT_EQ(report_with("eval_strategy: epoch\nval_size: 0.1\n"), "");
  EXPECT_EQ(report_with("eval_on_start: true\neval_dataset: e.jsonl\n"), "");
  EXPECT_THAT(report_with("before_training: true\n"), HasSubstr("before_training needs rows"));
  EXPECT_THAT(report_with("after_training: true\n"), HasSubstr("after_training needs rows"));
  EXPECT_THAT(report_with("eval_on_start: true\n"), HasSubstr("eval_on_start needs rows"));
  EXPECT_EQ(report("model: m\ndataset: wordnet\neval_strategy: epoch\n"), "");
  EXPECT_EQ(report_with("val_size: 0.1\neval_dataset: e.jsonl\n"),
            "r.yaml:4: val_size and eval_dataset are both given; keep one of the two");
}

TEST(Check, EarlyStoppingNeedsEvaluations) {
  EXPECT_EQ(report_with("early_stopping_patience: 2\n"),
            "r.yaml:4: early_stopping_patience needs evaluations; set eval_strategy to steps or "
            "epoch");
}

TEST(Check, TheBestModelNeedsAlignedSaves) {
  const std::string best = "load_best_model_at_end: true\nval_size: 0.1\n";
  EXPECT_THAT(report_with("load_best_model_at_end: true\n"),
              HasSubstr("load_best_model_at_end needs evaluations"));
  EXPECT_EQ(report_with(best + "eval_strategy: epoch\n"), "");
  EXPECT_THAT(
      report_with(best + "eval_strategy: steps\n"),
      HasSubstr("save_strategy and eval_strategy to be the same; they are epoch and steps"));
  EXPECT_THAT(report_with(best + "eval_strategy: steps\nsave_strategy: steps\neval_steps: 100\n"
                                 "save_steps: 250\n"),
              HasSubstr("save_steps to be a multiple of eval_steps; they are 250 and 100"));
  EXPECT_EQ(report_with(best + "eval_strategy: steps\nsave_strategy: steps\neval_steps: 100\n"
                               "save_steps: 200\n"),
            "");
}

TEST(Check, KeysOfLoraWithoutLora) {
  EXPECT_EQ(report_with("finetuning_type: full\n"), "");
  EXPECT_EQ(report_with("finetuning_type: full\nlora_rank: 8\nuse_rslora: true\n"),
            "r.yaml:5: lora_rank has no effect with finetuning_type: full; take it away, or say "
            "lora\n"
            "r.yaml:6: use_rslora has no effect with finetuning_type: full; take it away, or say "
            "lora");
}

}  // namespace
}  // namespace fettle::recipe
