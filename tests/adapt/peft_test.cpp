// Adapters in PEFT's format: written and read back, and what is refused.
#include "adapt/peft.h"

#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include "adapt/lora.h"
#include "adapt/trainable.h"
#include "tensor/weights.h"
#include "tests/model/support.h"
#include "tests/model/tiny_decoder.h"

namespace fettle::adapt {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

MethodConfig small_method() {
  MethodConfig config;
  config.lora_rank = 3;
  config.lora_alpha = 7.5;
  config.lora_dropout = 0.25;
  config.use_rslora = true;
  config.lora_target = {"q_proj", "mlp.up_proj"};
  return config;
}

// A decoder with trained-looking low-rank parts.
model::Decoder adapted_decoder(const MethodConfig& config) {
  model::Decoder decoder = model::tiny_decoder();
  add_lora(decoder, config, 1);
  for (nn::Linear* linear : model::block_linears(decoder)) {
    if (!linear->low_rank) continue;
    linear->low_rank->b = model::random_values(linear->low_rank->b.sizes(), 0.1, linear->name);
  }
  return decoder;
}

// An adapter folder whose config is changed before it is read.
std::string read_error(const std::string& key, const Json& value) {
  const EngineFolder folder;
  const MethodConfig config = small_method();
  model::Decoder decoder = adapted_decoder(config);
  write_peft(folder.path(), decoder, config, "base");
  Json json = read_json_file(folder / "adapter_config.json");
  json[key] = value;
  write_file_atomically(folder / "adapter_config.json", to_text(json));
  model::Decoder fresh = model::tiny_decoder();
  return message_of<ModelError>([&] { (void)read_peft(folder.path(), fresh); });
}

TEST(Peft, ReadsBackWhatItWrote) {
  const EngineFolder folder;
  const MethodConfig config = small_method();
  model::Decoder decoder = adapted_decoder(config);
  write_peft(folder / "a", decoder, config, "models/base");
  model::Decoder fresh = model::tiny_decoder();
  const PeftAdapter read = read_peft(folder / "a", fresh);
  EXPECT_EQ(read.base_model, "models/base");
  EXPECT_EQ(read.method.lora_rank, 3);
  EXPECT_EQ(read.method.lora_alpha, 7.5);
  EXPECT_EQ(read.method.lora_dropout, 0.25);
  EXPECT_TRUE(read.method.use_rslora);
  EXPECT_EQ(read.method.lora_target, (std::vector<std::string>{"q_proj", "up_proj"}));
  const auto ours = model::block_linears(decoder);
  const auto theirs = model::block_linears(fresh);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    ASSERT_EQ(ours[i]->low_rank.has_value(), theirs[i]->low_rank.has_value()) << ours[i]->name;
    if (!ours[i]->low_rank) continue;
    EXPECT_EQ(model::largest_difference(ours[i]->low_rank->a, theirs[i]->low_rank->a), 0.0);
    EXPECT_EQ(model::largest_difference(ours[i]->low_rank->b, theirs[i]->low_rank->b), 0.0);
    EXPECT_EQ(ours[i]->low_rank->scale, theirs[i]->low_rank->scale);
    EXPECT_EQ(theirs[i]->low_rank->dropout, 0.25);
  }
  const auto ids = model::random_ids(8, "peft");
  EXPECT_EQ(
      model::largest_difference(model::row_hidden(decoder, ids), model::row_hidden(fresh, ids)),
      0.0);
}

TEST(Peft, NamesModulesSoThatNoOtherIsMeant) {
  MethodConfig config = small_method();
  model::Decoder decoder = adapted_decoder(config);
  Json json = peft_config(decoder, config, "b");
  EXPECT_EQ(json["target_modules"], Json({"q_proj", "up_proj"}));
  EXPECT_EQ(json["peft_type"], "LORA");
  EXPECT_EQ(json["lora_alpha"], 7.5);
  EXPECT_EQ(json["r"], 3);
  config.lora_target = {"model.layers.1.self_attn.q_proj"};
  config.lora_alpha = 8;
  decoder = adapted_decoder(config);
  json = peft_config(decoder, config, "b");
  EXPECT_EQ(json["target_modules"], Json({"model.layers.1.self_attn.q_proj"}));
  EXPECT_EQ(to_text(json["lora_alpha"]), "8");
}

TEST(Peft, RefusesWhatItDoesNotCompute) {
  EXPECT_EQ(read_error("use_dora", false), "no error");
  EXPECT_EQ(read_error("something_new", 3), "no error");
  const std::vector<std::pair<std::string, Json>> refused = {{"use_dora", true},
                                                             {"bias", "lora_only"},
                                                             {"modules_to_save", {"lm_head"}},
                                                             {"rank_pattern", {{"q_proj", 4}}},
                                                             {"alpha_pattern", {{"q_proj", 4}}},
                                                             {"peft_type", "IA3"},
                                                             {"fan_in_fan_out", true},
                                                             {"layer_replication", {{0, 1}}},
                                                             {"lora_bias", true},
                                                             {"r", 0},
                                                             {"r", "three"},
                                                             {"r", 1 << 20},
                                                             {"lora_alpha", -1},
                                                             {"lora_alpha", "x"}};
  for (const auto& [key, value] : refused) {
    EXPECT_THAT(read_error(key, value),
                AllOf(HasSubstr("adapter_config.json"), HasSubstr("\"" + key + "\""),
                      HasSubstr(to_text(value))));
  }
}

TEST(Peft, NamesATensorOfAnotherRank) {
  EXPECT_THAT(read_error("r", 5), AllOf(HasSubstr("adapter_model.safetensors"),
                                        HasSubstr("layers.0.self_attn.q_proj.lora_A.weight"),
                                        HasSubstr("[3, 32]"), HasSubstr("[5, 32]")));
}

// The file's tensors after `edit`, read into `decoder`.
template <class Edit>
std::string edited_error(Edit edit, model::Decoder decoder = model::tiny_decoder()) {
  const EngineFolder folder;
  const MethodConfig config = small_method();
  model::Decoder source = adapted_decoder(config);
  write_peft(folder.path(), source, config, "models/base");
  std::map<std::string, Tensor> tensors;
  {
    const tensor::SafetensorsFile file(folder / "adapter_model.safetensors");
    for (const auto& entry : file.entries()) {
      tensors[entry.name] = tensor::mapped_tensor(entry, file.mapping()).clone();
    }
  }
  edit(tensors);
  std::vector<tensor::TensorEntry> entries;
  for (const auto& [name, value] : tensors) entries.push_back(tensor::entry_of(name, value));
  tensor::write_safetensors(folder / "adapter_model.safetensors", entries, {});
  return message_of<ModelError>([&] { (void)read_peft(folder.path(), decoder); });
}

const std::string kUp = "base_model.model.model.layers.1.mlp.up_proj.";

TEST(Peft, NamesAMissingTensor) {
  using Tensors = std::map<std::string, Tensor>;
  EXPECT_THAT(edited_error([](Tensors& all) { all.erase(kUp + "lora_B.weight"); }),
              HasSubstr("has no tensor \"" + kUp + "lora_B.weight\""));
  EXPECT_THAT(edited_error([](Tensors& all) { all.erase(kUp + "lora_A.weight"); }),
              HasSubstr("6 of its 7 tensors fit"));
  EXPECT_THAT(edited_error([](Tensors& all) { all["extra"] = at::zeros({2}); }),
              AllOf(HasSubstr("8 of its 9 tensors fit"), HasSubstr("models/base")));
  EXPECT_THAT(edited_error([](Tensors& all) { all.clear(); }), HasSubstr("0 of its 0"));
  EXPECT_THAT(edited_error([](Tensors& all) {
                all[kUp + "lora_A.weight"] = at::zeros({3, 32}, at::TensorOptions(at::kLong));
              }),
              HasSubstr("want floats of"));
}

TEST(Peft, RefusesAnAdapterOfAnotherModel) {
  model::DecoderConfig config = model::tiny_config();
  config.num_hidden_layers = 1;
  EXPECT_THAT(edited_error([](auto&) {}, model::tiny_decoder(config)),
              AllOf(HasSubstr("4 of its 8 tensors fit"), HasSubstr("made for another")));
  config = model::tiny_config();
  config.hidden_size = 16;
  EXPECT_THAT(edited_error([](auto&) {}, model::tiny_decoder(config)), HasSubstr("has shape"));
}

TEST(Peft, NamesAFolderThatIsNone) {
  const EngineFolder folder;
  model::Decoder decoder = model::tiny_decoder();
  EXPECT_THAT(message_of<ModelError>([&] { (void)read_peft(folder.path(), decoder); }),
              AllOf(HasSubstr(folder.path().string()), HasSubstr("adapter_config.json")));
  write_file_atomically(folder / "adapter_config.json", R"({"r": 4})");
  EXPECT_THAT(message_of<ModelError>([&] { (void)read_peft(folder.path(), decoder); }),
              HasSubstr("\"peft_type\" is missing"));
  write_file_atomically(folder / "adapter_config.json", R"({"peft_type": "LORA"})");
  EXPECT_THAT(message_of<Error>([&] { (void)read_peft(folder.path(), decoder); }),
              HasSubstr("adapter_model.safetensors"));
}

}  // namespace
}  // namespace fettle::adapt
