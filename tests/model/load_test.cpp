// Models on disk: what is read, what is refused, and a real model against its published figures.
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include <map>

#include "model/families.h"
#include "model/model_files.h"
#include "tests/model/support.h"
#include "tests/model/tiny_decoder.h"

namespace fettle::model {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Tensors = std::map<std::string, Tensor>;

Tensors tensors_of(Decoder decoder) {
  Tensors out;
  for_each_parameter(decoder, [&](const std::string& name, Tensor& value) { out[name] = value; });
  return out;
}

void write_model(const fs::path& folder, const Tensors& tensors, const DecoderConfig& config) {
  make_folders(folder);
  std::vector<tensor::TensorEntry> entries;
  for (const auto& [name, value] : tensors) entries.push_back(tensor::entry_of(name, value));
  tensor::write_safetensors(folder / "model.safetensors", entries, {});
  write_file_atomically(folder / "config.json", to_text(write_config(config, "float32")));
}

std::string load_error(const fs::path& folder) {
  return message_of<ModelError>([&] { (void)load_decoder(ModelFiles(folder), {}); });
}

TEST(Load, ReadsEveryParameter) {
  const EngineFolder folder;
  for (const bool tied : {true, false}) {
    DecoderConfig config = tiny_config();
    config.tie_word_embeddings = tied;
    config.qkv_bias = config.output_bias = config.mlp_bias = tied;
    const Tensors expected = tensors_of(tiny_decoder(config));
    write_model(folder / "m", expected, config);
    const Tensors read = tensors_of(load_decoder(ModelFiles(folder / "m"), {}));
    ASSERT_EQ(read.size(), expected.size());
    for (const auto& [name, value] : expected) {
      EXPECT_EQ(largest_difference(read.at(name), value), 0.0) << name;
      EXPECT_FALSE(read.at(name).requires_grad());
    }
  }
}

TEST(Load, NamesEveryTensorThatDoesNotFit) {
  const EngineFolder folder;
  Tensors tensors = tensors_of(tiny_decoder());
  tensors.erase("model.layers.1.mlp.up_proj.weight");
  tensors["model.norm.weight"] = at::zeros({31}, at::TensorOptions(at::kFloat));
  tensors["model.layers.0.self_attn.k_proj.weight"] = at::zeros({32, 16});
  tensors["model.embed_tokens.weight"] = at::zeros({64, 32}, at::TensorOptions(at::kLong));
  write_model(folder.path(), tensors, tiny_config());
  EXPECT_THAT(
      load_error(folder.path()),
      AllOf(HasSubstr(folder.path().string()),
            HasSubstr("tensor \"model.layers.1.mlp.up_proj.weight\" is missing"),
            HasSubstr("\"model.norm.weight\" has shape [31]; the configuration wants [32]"),
            HasSubstr("k_proj.weight\" has shape [32, 16]; the configuration wants [16, 32]"),
            HasSubstr("\"model.embed_tokens.weight\" holds no floating-point numbers")));
  write_model(folder.path(), {{"x", at::zeros({1})}}, tiny_config());
  EXPECT_THAT(load_error(folder.path()), HasSubstr("; and 15 more"));
}

TEST(Load, NamesWhatIsNoModel) {
  const EngineFolder folder;
  write_model(folder / "smollm", tensors_of(tiny_decoder()), tiny_config());
  EXPECT_THAT(load_error(folder / "smolml"),
              AllOf(HasSubstr("there is no such model"), HasSubstr("did you mean")));
  fs::remove(folder / "smollm" / "config.json");
  EXPECT_THAT(load_error(folder / "smollm"),
              AllOf(HasSubstr("is no model"), HasSubstr("config.json")));
  EXPECT_THAT(load_error(folder / "smollm/model.safetensors"), HasSubstr("is no model"));
  write_file_atomically(folder / "a.gguf", "not a model");
  EXPECT_THAT(load_error(folder / "a.gguf"), HasSubstr("a.gguf"));
}

TEST(Load, MergesTheGenerationConfigsEndIds) {
  const EngineFolder folder;
  DecoderConfig config = tiny_config();
  config.eos_token_id = {2};
  write_model(folder.path(), tensors_of(tiny_decoder()), config);
  const auto eos = [&](const char* json) {
    write_file_atomically(folder / "generation_config.json", json);
    return ModelFiles(folder.path()).config().eos_token_id;
  };
  EXPECT_EQ(eos(R"({"eos_token_id": [2, 9]})"), (std::vector<std::int64_t>{2, 9}));
  EXPECT_EQ(eos(R"({"eos_token_id": 5})"), (std::vector<std::int64_t>{2, 5}));
  EXPECT_EQ(eos(R"({"eos_token_id": null})"), (std::vector<std::int64_t>{2}));
  EXPECT_EQ(eos("{}"), (std::vector<std::int64_t>{2}));
}

TEST(Fingerprint, ChangesWithAByteAtEitherEnd) {
  const EngineFolder folder;
  write_model(folder.path(), tensors_of(tiny_decoder()), tiny_config());
  const auto print = [&] { return ModelFiles(folder.path()).fingerprint(); };
  const fs::path weights = folder / "model.safetensors";
  const std::string before = print();
  EXPECT_EQ(print(), before);
  const std::size_t size = fs::file_size(weights);
  for (const std::size_t at : {std::size_t{20}, size - 1}) {
    flip_byte(weights, at, 1);
    EXPECT_NE(print(), before) << at;
    flip_byte(weights, at, 1);
    EXPECT_EQ(print(), before);
  }
  write_file_atomically(weights, read_file(weights) + "x");
  EXPECT_NE(print(), before);
}

// The figures that the model's own C program printed.
void expect_golden(const fs::path& path, const Json& golden) {
  const Decoder decoder = load_decoder(ModelFiles(path), {});
  const auto ids = golden["prompt_ids"].get<std::vector<batch::TokenId>>();
  const Tensor all = logits(decoder, row_hidden(decoder, ids));
  const auto last = golden["last_logits"].get<std::vector<double>>();
  for (std::size_t i = 0; i < last.size(); ++i) {
    ASSERT_NEAR(all[-1][static_cast<std::int64_t>(i)].item<double>(), last[i], 1e-3) << i;
  }
  const Tensor log_probs = at::log_softmax(all, -1);
  const auto nll = golden["per_token_nll"].get<std::vector<double>>();
  for (std::size_t i = 0; i < nll.size(); ++i) {
    EXPECT_NEAR(-log_probs[static_cast<std::int64_t>(i)][ids[i + 1]].item<double>(), nll[i], 1e-4);
  }
}

TEST(Stories, EqualsThePublishedFigures) {
  const fs::path folder = stories_folder();
  if (folder.empty()) GTEST_SKIP() << "assets/models/stories260K is not there";
  const Json golden = read_json_file(folder / "golden.json");
  expect_golden(folder, golden);
  expect_golden(folder / "stories260K.f32.gguf", golden);
}

}  // namespace
}  // namespace fettle::model
