// Merged models: equal to base and adapter, and never half there.
#include "release/merge.h"

#include <gmock/gmock.h>

#include <limits>
#include <map>
#include <set>

#include "adapt/lora.h"
#include "tests/model/support.h"
#include "tests/model/tiny_decoder.h"

namespace fettle::release {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

void no_text(const fs::path&) {}

model::Decoder with_adapter(const model::DecoderConfig& config = model::tiny_config()) {
  model::Decoder decoder = model::tiny_decoder(config);
  adapt::MethodConfig method;
  method.lora_rank = 4;
  method.lora_target = {"q_proj", "mlp.down_proj", "model.layers.0.*"};
  adapt::add_lora(decoder, method, 3);
  for (nn::Linear* linear : model::block_linears(decoder)) {
    if (!linear->low_rank) continue;
    linear->low_rank->b = model::random_values(linear->low_rank->b.sizes(), 0.2, linear->name);
  }
  return decoder;
}

Tensor row_logits(const model::Decoder& decoder) {
  return model::logits(decoder, model::row_hidden(decoder, model::random_ids(20, "merge")));
}

model::Decoder read_back(const fs::path& folder) {
  return model::load_decoder(model::ModelFiles(folder), {});
}

TEST(Merge, EqualsBaseAndAdapter) {
  for (const bool tied : {true, false}) {
    const EngineFolder folder;
    model::DecoderConfig config = model::tiny_config();
    config.tie_word_embeddings = tied;
    config.qkv_bias = config.output_bias = !tied;
    model::Decoder decoder = with_adapter(config);
    const Tensor expected = row_logits(decoder);
    const Tensor base = row_logits(model::tiny_decoder(config));
    ASSERT_GT(model::relative_distance(base, expected), 0.05);
    const MergeReport report = merge(folder / "merged", decoder, {}, [](const fs::path& into) {
      write_file_atomically(into / "tokenizer.json", "{}");
    });
    const model::Decoder written = read_back(folder / "merged");
    EXPECT_LT(model::relative_distance(row_logits(written), expected), 1e-5);
    EXPECT_LT(model::relative_distance(row_logits(decoder), expected), 1e-5);
    EXPECT_EQ(report.merged_layers, 9);
    EXPECT_LE(report.largest_difference, report.allowed_difference);
    EXPECT_EQ(read_file(folder / "merged/tokenizer.json"), "{}");
    std::uint64_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(folder / "merged")) bytes += entry.file_size();
    EXPECT_EQ(report.bytes, bytes);
    EXPECT_EQ(folder.entries(), 1);
  }
}

TEST(Merge, StoresTheTypeThatIsAskedFor) {
  const EngineFolder folder;
  model::Decoder decoder = with_adapter();
  const Tensor expected = row_logits(decoder);
  const MergeReport report = merge(folder / "merged", decoder, {.dtype = at::kBFloat16}, no_text);
  EXPECT_GT(report.largest_difference, 1e-5);
  EXPECT_LT(report.largest_difference, allowed_difference(at::kBFloat16));
  EXPECT_LT(model::relative_distance(row_logits(read_back(folder / "merged")), expected), 0.03);
  for (const auto& info : model::ModelFiles(folder / "merged").weights()->list()) {
    EXPECT_EQ(info.type, "BF16") << info.name;
  }
  EXPECT_EQ(read_json_file(folder / "merged/config.json")["torch_dtype"], "bfloat16");
}

TEST(Merge, RefusesAnExistingFolder) {
  const EngineFolder folder;
  model::Decoder decoder = with_adapter();
  make_folders(folder / "merged");
  EXPECT_THAT(message_of<UsageError>([&] { (void)merge(folder / "merged", decoder, {}, no_text); }),
              AllOf(HasSubstr((folder / "merged").string()), HasSubstr("exists already")));
  EXPECT_TRUE(fs::is_empty(folder / "merged"));
  EXPECT_TRUE(decoder.layers[0].q_proj.low_rank.has_value());
}

TEST(Merge, RefusesAModelWithoutAnAdapter) {
  const EngineFolder folder;
  model::Decoder decoder = model::tiny_decoder();
  EXPECT_THAT(message_of<UsageError>([&] { (void)merge(folder / "merged", decoder, {}, no_text); }),
              HasSubstr("no adapter to merge"));
  EXPECT_EQ(folder.entries(), 0);
}

TEST(Merge, LeavesNothingBehindWhenItFails) {
  const EngineFolder folder;
  model::Decoder decoder = with_adapter();
  EXPECT_THAT(message_of<IoError>([&] {
                (void)merge(folder / "merged", decoder, {}, [](const fs::path& into) {
                  write_file_atomically(into / "half", "half");
                  throw IoError("no space left");
                });
              }),
              HasSubstr("no space left"));
  EXPECT_EQ(folder.entries(), 0);
}

TEST(Merge, KeepsNothingWhoseLogitsDiffer) {
  const EngineFolder folder;
  model::Decoder decoder = with_adapter();
  // The comparison reads what lies on disk: a damaged tensor is found.
  const auto damage = [](const fs::path& into) {
    const fs::path weights = into / "model.safetensors";
    const std::string bytes = read_file(weights);
    write_file_atomically(weights, bytes.substr(0, bytes.size() - 2000) + std::string(2000, '\0'));
  };
  EXPECT_THAT(message_of<ModelError>([&] { (void)merge(folder / "merged", decoder, {}, damage); }),
              AllOf(HasSubstr("logits differ by"), HasSubstr("1e-04 is allowed for float32"),
                    HasSubstr("nothing was kept")));
  EXPECT_EQ(folder.entries(), 0);
  model::Decoder broken = with_adapter();
  broken.layers[0].q_proj.low_rank->b[0][0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(message_of<ModelError>([&] { (void)merge(folder / "merged", broken, {}, no_text); }),
              HasSubstr("nothing was kept"));
  EXPECT_EQ(folder.entries(), 0);
}

TEST(WriteWeights, ShardsReadBackTheSame) {
  const EngineFolder folder;
  model::DecoderConfig config = model::tiny_config();
  config.tie_word_embeddings = false;
  model::Decoder decoder = model::tiny_decoder(config);
  write_weights(folder.path(), decoder, {.max_shard_bytes = 20'000});
  const Json index = read_json_file(folder / "model.safetensors.index.json");
  EXPECT_FALSE(fs::exists(folder / "model.safetensors"));
  std::map<std::string, Tensor> expected;
  model::for_each_parameter(
      decoder, [&](const std::string& name, Tensor& value) { expected[name] = value; });
  std::set<std::string> shards;
  std::size_t mapped = 0;
  for (const auto& [name, shard] : index["weight_map"].items()) {
    EXPECT_TRUE(expected.contains(name)) << name;
    shards.insert(shard.get<std::string>());
    ++mapped;
  }
  EXPECT_EQ(mapped, expected.size());
  EXPECT_GT(shards.size(), 2U);
  EXPECT_EQ(index["metadata"]["total_size"], 4 * config.parameter_count());
  model::Decoder read = read_back(folder.path());
  model::for_each_parameter(read, [&](const std::string& name, Tensor& value) {
    EXPECT_EQ(model::largest_difference(value, expected.at(name)), 0.0) << name;
  });
}

TEST(WriteWeights, LowRankPartsAreNotWritten) {
  const EngineFolder folder;
  model::Decoder decoder = with_adapter();
  write_weights(folder.path(), decoder, {});
  for (const auto& info : model::ModelFiles(folder.path()).weights()->list()) {
    EXPECT_EQ(info.name.find("lora"), std::string::npos);
  }
  EXPECT_EQ(model::largest_difference(row_logits(read_back(folder.path())),
                                      row_logits(model::tiny_decoder())),
            0.0);
}

}  // namespace
}  // namespace fettle::release
