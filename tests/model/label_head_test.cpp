// Models with a classification head: how they are described, read, refused, and what they say.
#include "model/label_head.h"

#include <ATen/ops/linear.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include "model/families.h"
#include "model/model_files.h"
#include "tests/model/support.h"
#include "tests/model/tiny_decoder.h"

namespace fettle::model {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

DecoderConfig classifier_config() {
  DecoderConfig config = tiny_config();
  config.labels = {"bad", "fair", "good"};
  config.pad_token_id = 0;
  return config;
}

std::string config_error(const Json& changes) {
  Json json = write_config(classifier_config(), "float32");
  json.update(changes);
  return message_of<ModelError>([&] { (void)read_config(json, "m/config.json"); });
}

TEST(LabelHead, IsDescribedByConfigJson) {
  for (const Family& family : families()) {
    DecoderConfig config = classifier_config();
    config.model_type = family.name;
    Json json = write_config(config, "float32");
    EXPECT_EQ(json["architectures"], Json({std::string(family.classifier)}));
    EXPECT_EQ(json["label2id"]["good"], 2);
    const DecoderConfig read = read_config(json, "m");
    EXPECT_EQ(read.labels, config.labels);
    EXPECT_EQ(read.pad_token_id, 0);
    json["architectures"] = {std::string(family.architecture)};
    EXPECT_TRUE(read_config(json, "m").labels.empty());
  }
  Json json = write_config(classifier_config(), "float32");
  json.erase("id2label");
  EXPECT_THAT(read_config(json, "m").labels, ElementsAre("LABEL_0", "LABEL_1"));
  json["num_labels"] = 3;
  EXPECT_THAT(read_config(json, "m").labels, ElementsAre("LABEL_0", "LABEL_1", "LABEL_2"));
  json["pad_token_id"] = nullptr;
  EXPECT_FALSE(read_config(json, "m").pad_token_id.has_value());
}

TEST(LabelHead, NamesWhatConfigJsonSaysWrongly) {
  EXPECT_THAT(config_error({{"problem_type", "regression"}}),
              HasSubstr("m/config.json: problem_type is \"regression\""));
  EXPECT_THAT(config_error({{"num_labels", 4}}), HasSubstr("4 labels, and id2label names 3"));
  EXPECT_THAT(config_error({{"id2label", {{"0", "one"}}}}), HasSubstr("1 labels"));
  EXPECT_THAT(config_error({{"id2label", nullptr}, {"num_labels", 1'000'000'000}}),
              HasSubstr("1000000000 labels"));
  EXPECT_THAT(config_error({{"id2label", {{"0", "a"}, {"2", "b"}}}}),
              HasSubstr("gives label 1 the name nothing"));
  EXPECT_THAT(config_error({{"id2label", {{"0", "a"}, {"1", "a"}}}}),
              HasSubstr("gives label 1 the name \"a\""));
  EXPECT_THAT(config_error({{"id2label", {{"0", "a"}, {"1", 7}}}}),
              HasSubstr("gives label 1 the name 7"));
  EXPECT_THAT(config_error({{"id2label", {"a", "b"}}}), HasSubstr("gives label 0 the name"));
}

TEST(LabelHead, IsReadWhereItIsWanted) {
  const EngineFolder folder;
  Decoder decoder = tiny_decoder(classifier_config());
  const auto write = [&] {
    std::vector<tensor::TensorEntry> entries;
    for_each_parameter(decoder, [&](const std::string& name, Tensor& value) {
      entries.push_back(tensor::entry_of(name, value));
    });
    tensor::write_safetensors(folder / "model.safetensors", entries, {});
    write_file_atomically(folder / "config.json", to_text(write_config(decoder.config, "float32")));
  };
  const auto load = [&](bool classifiers) {
    LoadOptions options;
    options.classifiers = classifiers;
    return load_decoder(ModelFiles(folder.path()), options);
  };
  write();
  const Decoder read = load(true);
  EXPECT_EQ(largest_difference(read.score, decoder.score), 0.0);
  EXPECT_FALSE(read.lm_head.defined());
  EXPECT_THROW((void)head(read, at::kFloat), InternalError);
  std::int64_t numbers = 0;
  for_each_parameter(decoder,
                     [&](const std::string&, const Tensor& value) { numbers += value.numel(); });
  EXPECT_EQ(read.config.parameter_count(), numbers);
  EXPECT_THAT(message_of<ModelError>([&] { (void)load(false); }),
              AllOf(HasSubstr(folder.path().string()), HasSubstr("LlamaForSequenceClassification"),
                    HasSubstr("classification_head")));
  decoder.score = at::zeros({2, 32});
  write();
  EXPECT_THAT(message_of<ModelError>([&] { (void)load(true); }),
              HasSubstr("\"score.weight\" has shape [2, 32]; the configuration wants [3, 32]"));
}

TEST(LabelHead, IsReadOffTheLastTokenBeforePadding) {
  DecoderConfig config = classifier_config();
  const auto read = [&](std::vector<batch::TokenId> ids) {
    const auto row = before_padding(config, ids);
    return std::vector<batch::TokenId>(row.begin(), row.end());
  };
  EXPECT_THAT(read({0, 5, 0, 6, 0, 0}), ElementsAre(0, 5, 0, 6));
  EXPECT_THAT(read({5, 6}), ElementsAre(5, 6));
  EXPECT_THAT(read({0, 0, 0}), ElementsAre(0));
  config.pad_token_id.reset();
  EXPECT_THAT(read({5, 0, 0}), ElementsAre(5, 0, 0));
}

// Rows that share a start, that are another's start, and that are equal.
TEST(LabelHead, SaysTheSameOfARowInAnyPack) {
  const Decoder decoder = tiny_decoder(classifier_config());
  const std::vector<std::vector<batch::TokenId>> ids = {{9, 8, 7, 6, 5, 4, 3, 2, 1, 11, 12},
                                                        {9, 8, 7, 6, 5, 4, 3, 2, 1},
                                                        {9, 8, 7, 6, 5, 4, 3, 2, 1, 13},
                                                        {9, 8, 7, 6, 5, 4, 3, 2, 1, 11, 12},
                                                        {21},
                                                        {22, 23}};
  std::vector<batch::Example> rows(ids.size());
  std::vector<const batch::Example*> all;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    rows[i].ids = ids[i];
    rows[i].scored.assign(ids[i].size(), 0);
    all.push_back(&rows[i]);
  }
  const auto together = label_log_probs(decoder, batch::make_pack(all, {.share_prefix = true}));
  ASSERT_EQ(together.size(), ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::vector<std::int32_t> positions;
    for (std::size_t at = 0; at < ids[i].size(); ++at) {
      positions.push_back(static_cast<std::int32_t>(at));
    }
    const auto length = static_cast<std::int32_t>(ids[i].size());
    const std::vector<batch::Segment> segments = {{-1, 0, length, 0}};
    const Tensor states = hidden_states(decoder, {ids[i], positions, segments}, {});
    const Tensor expected =
        at::log_softmax(at::linear(states, decoder.score)[length - 1].to(at::kDouble), 0);
    ASSERT_EQ(together[i].size(), 3U);
    for (std::int64_t label = 0; label < 3; ++label) {
      EXPECT_NEAR(together[i][static_cast<std::size_t>(label)], expected[label].item<double>(),
                  1e-5)
          << i;
    }
  }
}

}  // namespace
}  // namespace fettle::model
