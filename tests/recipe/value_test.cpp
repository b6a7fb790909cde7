#include "recipe/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/recipe/read.h"

namespace fettle::recipe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string failure(const std::string& key_and_value) {
  const std::string all = report_with(key_and_value);
  return all.starts_with("r.yaml:4: ") ? all.substr(10) : all;
}

TEST(Value, NumbersMayBeWrittenInEveryUsualWay) {
  const auto rate = [](const std::string& word) {
    return read_with("learning_rate: " + word).train.optim.learning_rate;
  };
  EXPECT_EQ(rate("1e-4"), 1e-4);
  EXPECT_EQ(rate("1E-4"), 1e-4);
  EXPECT_EQ(rate(".5"), 0.5);
  EXPECT_EQ(rate("+1."), 1.0);
  EXPECT_EQ(rate("2"), 2.0);
  EXPECT_EQ(rate("0.00020"), 2e-4);
}

TEST(Value, RefusesWhatIsNoNumber) {
  EXPECT_EQ(failure("learning_rate: fast"), "learning_rate must be a number, not \"fast\"");
  EXPECT_EQ(failure("learning_rate: 1_0"),
            "learning_rate must be a number, not \"1_0\"; write the digits without underscores");
  EXPECT_EQ(failure("learning_rate: '1'"),
            "learning_rate must be a number, not text; take the quotes away");
  EXPECT_EQ(failure("learning_rate: .nan"), "learning_rate must be a number, not \".nan\"");
  EXPECT_EQ(failure("learning_rate: .inf"), "learning_rate must be a number, not \".inf\"");
  EXPECT_EQ(failure("learning_rate: 1:30"), "learning_rate must be a number, not \"1:30\"");
  EXPECT_EQ(failure("learning_rate: 1e"), "learning_rate must be a number, not \"1e\"");
  EXPECT_EQ(failure("learning_rate: 0x1p3"), "learning_rate must be a number, not \"0x1p3\"");
  EXPECT_EQ(failure("learning_rate: [1]"), "learning_rate must be a number, not a list");
  EXPECT_EQ(failure("learning_rate: {a: 1}"),
            "learning_rate must be a number, not keys and values");
  EXPECT_EQ(failure("learning_rate:"),
            "learning_rate has no value; give a number or take the key away");
}

TEST(Value, EntriesMayBeWrittenAsAMap) {
  EXPECT_THAT(read_with("class_weights: {a: 2, 'b, c': 0.5}").data.class_weights,
              ElementsAre("a=2", "b, c=0.5"));
  EXPECT_THAT(read_with("class_weights: [a=2]").data.class_weights, ElementsAre("a=2"));
  EXPECT_THAT(read_with("class_weights: balanced").data.class_weights, ElementsAre("auto"));
  EXPECT_EQ(failure("class_weights: {a: [1]}"),
            "class_weights must be a list of texts, not \"a\" with a list");
  EXPECT_EQ(failure("labels: {a: 1}"), "labels must be a list of texts, not keys and values");
}

TEST(Value, RefusesWhatIsNoWholeNumber) {
  EXPECT_EQ(failure("seed: 1_000"),
            "seed must be a whole number, not \"1_000\"; write the digits without underscores");
  EXPECT_EQ(failure("seed: 1,000"),
            "seed must be a whole number, not \"1,000\"; write the digits without commas");
  EXPECT_EQ(failure("seed: 1e3"), "seed must be a whole number, not \"1e3\"; write all its digits");
  EXPECT_EQ(failure("seed: 010"),
            "seed must be a whole number, not \"010\"; take the leading zero away");
  EXPECT_EQ(failure("seed: 0x10"), "seed must be a whole number, not \"0x10\"");
  EXPECT_EQ(failure("seed: 99999999999999999999"),
            "seed is 99999999999999999999; allowed: 0 to 9007199254740992");
}

TEST(Value, NamesTheAllowedRange) {
  EXPECT_EQ(failure("lora_rank: -1"), "lora_rank is -1; allowed: 1 to 65536");
  EXPECT_EQ(failure("lora_dropout: 1"), "lora_dropout is 1; allowed: at least 0 and below 1");
  EXPECT_EQ(failure("num_train_epochs: 0"),
            "num_train_epochs is 0; allowed: above 0 and at most 1000000");
  EXPECT_EQ(failure("learning_rate: 1e999"), "learning_rate is 1e999; allowed: 0 to 10");
  EXPECT_EQ(failure("epochs: 0"),
            "num_train_epochs is 0; allowed: above 0 and at most 1000000 (written epochs)");
}

TEST(Value, BooleansAreWordsOfYaml) {
  EXPECT_FALSE(read_with("packing: off").train.batch.packing);
  EXPECT_TRUE(read_with("use_rslora: Yes").method.use_rslora);
  EXPECT_EQ(failure("packing: 1"), "packing must be true or false, not \"1\"");
  EXPECT_EQ(failure("packing: 'true'"),
            "packing must be true or false, not text; take the quotes away");
}

TEST(Value, TextStaysTextWhateverItLooksLike) {
  EXPECT_EQ(read_with("output_dir: 010").train.loop.output_dir, "010");
  EXPECT_EQ(read_with("output_dir: yes").train.loop.output_dir, "yes");
  EXPECT_EQ(read_with("output_dir: 'null'").train.loop.output_dir, "null");
  EXPECT_EQ(read_with("system: |\n  a\n  b\n").data.system, "a\nb\n");
  EXPECT_EQ(failure("output_dir: null"), "output_dir has no value; give text or take the key away");
  EXPECT_EQ(failure("output_dir: \"a\\0b\""), "output_dir holds a control character; take it away");
}

TEST(Value, OptionalFieldsMayBeNull) {
  EXPECT_EQ(read_with("adapter_name_or_path: null").model.adapter_name_or_path, std::nullopt);
  EXPECT_EQ(read_with("adapter_name_or_path: a").model.adapter_name_or_path, "a");
  EXPECT_EQ(read_with("resume_from_checkpoint: true").train.loop.resume_from_checkpoint, "latest");
}

TEST(Value, ListsHoldTexts) {
  EXPECT_THAT(read_with("labels: [1, no, 'a b']").data.labels, ElementsAre("1", "no", "a b"));
  EXPECT_THAT(read_with("labels: one").data.labels, ElementsAre("one"));
  EXPECT_THAT(read_with("labels: []").data.labels, IsEmpty());
  EXPECT_EQ(failure("labels: [a, [b]]"),
            "labels must be a list of texts, not a list with a list in it");
  EXPECT_EQ(failure("labels: [a, ~]"),
            "labels must be a list of texts, not a list with nothing in it");
}

TEST(Value, NamesTheChoices) {
  EXPECT_EQ(failure("lr_scheduler_type: cosin"),
            "lr_scheduler_type is \"cosin\": did you mean \"cosine\"?; allowed: linear, cosine, "
            "constant, constant_with_warmup");
  EXPECT_THAT(failure("metrics: [loss, bleurt]"), HasSubstr("metrics is \"bleurt\""));
}

}  // namespace
}  // namespace fettle::recipe
