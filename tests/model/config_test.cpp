// config.json as a checked configuration: what it means, what is refused, and the way back.
#include <gmock/gmock.h>

#include <limits>

#include "model/families.h"
#include "tests/model/support.h"
#include "tests/model/tiny_decoder.h"

namespace fettle::model {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Json llama_json() {
  return {{"model_type", "llama"},       {"vocab_size", 64},
          {"hidden_size", 32},           {"intermediate_size", 48},
          {"num_hidden_layers", 2},      {"num_attention_heads", 4},
          {"num_key_value_heads", 2},    {"max_position_embeddings", 512},
          {"rms_norm_eps", 1e-5},        {"rope_theta", 20000.0},
          {"tie_word_embeddings", true}, {"bos_token_id", 1},
          {"eos_token_id", {2, 7}}};
}

std::string config_error(const std::string& key, const Json& value, Json json = llama_json()) {
  json[key] = value;
  return message_of<ModelError>([&] { (void)read_config(json, "m/config.json"); });
}

TEST(Config, ReadsKeysAndDefaults) {
  Json json = llama_json();
  json["something_new"] = {{"ignored", true}};
  json["head_dim"] = nullptr;
  DecoderConfig config = read_config(json, "m");
  EXPECT_EQ(config.head_dim, 8);
  EXPECT_EQ(config.num_key_value_heads, 2);
  EXPECT_DOUBLE_EQ(config.rope.rope_theta, 20000.0);
  EXPECT_TRUE(config.tie_word_embeddings);
  EXPECT_FALSE(config.qkv_bias);
  EXPECT_THAT(config.bos_token_id, ElementsAre(1));
  EXPECT_THAT(config.eos_token_id, ElementsAre(2, 7));
  json.erase("num_key_value_heads");
  json["head_dim"] = 16;
  json["attention_bias"] = true;
  config = read_config(json, "m");
  EXPECT_EQ(config.num_key_value_heads, 4);
  EXPECT_EQ(config.head_dim, 16);
  EXPECT_TRUE(config.qkv_bias && config.output_bias);
  json["model_type"] = "qwen2";
  json.erase("attention_bias");
  config = read_config(json, "m");
  EXPECT_TRUE(config.qkv_bias);
  EXPECT_FALSE(config.output_bias);
}

TEST(Config, NamesAMissingKey) {
  for (const char* key : {"vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers",
                          "num_attention_heads"}) {
    Json json = llama_json();
    json.erase(key);
    const std::string said =
        message_of<ModelError>([&] { (void)read_config(json, "m/config.json"); });
    EXPECT_EQ(said, text("m/config.json: \"{}\" is missing", key));
  }
}

TEST(Config, NamesAWrongType) {
  EXPECT_THAT(config_error("hidden_size", "32"),
              AllOf(HasSubstr("m/config.json: \"hidden_size\" is \"32\""), HasSubstr("integer")));
  EXPECT_THAT(config_error("num_hidden_layers", 2.5), HasSubstr("is 2.5; an integer"));
  EXPECT_THAT(config_error("rms_norm_eps", "small"), HasSubstr("a number was expected"));
  EXPECT_THAT(config_error("hidden_act", 3), HasSubstr("a string was expected"));
  EXPECT_THAT(message_of<ModelError>([] { (void)read_config(Json::array(), "m"); }),
              HasSubstr("model_type \"\" is not supported"));
}

TEST(Config, RefusesImpossibleAndAbsurdShapes) {
  EXPECT_THAT(config_error("num_attention_heads", 0),
              AllOf(HasSubstr("m/config.json"), HasSubstr("num_attention_heads is 0"),
                    HasSubstr("allowed 1 to")));
  EXPECT_THAT(config_error("num_key_value_heads", 0), HasSubstr("num_key_value_heads is 0"));
  EXPECT_THAT(config_error("num_key_value_heads", 3), HasSubstr("4 is no multiple of"));
  EXPECT_THAT(config_error("num_hidden_layers", -1), HasSubstr("num_hidden_layers is -1"));
  EXPECT_THAT(config_error("head_dim", 7), HasSubstr("head_dim is 7"));
  EXPECT_THAT(config_error("rope_theta", 0.0), HasSubstr("rope_theta 0"));
  for (const char* key :
       {"vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers",
        "num_attention_heads", "num_key_value_heads", "head_dim", "max_position_embeddings"}) {
    for (const std::int64_t size : {std::int64_t{1} << 40, std::numeric_limits<std::int64_t>::max(),
                                    std::numeric_limits<std::int64_t>::min()}) {
      EXPECT_THAT(config_error(key, size), HasSubstr("allowed 1 to")) << key << " " << size;
    }
  }
}

TEST(Config, ListsTheKnownFamilies) {
  EXPECT_THAT(config_error("model_type", "gpt_neox"),
              AllOf(HasSubstr("model_type \"gpt_neox\""), HasSubstr("llama, mistral, qwen2")));
  EXPECT_THAT(message_of<ModelError>([] { (void)family_of_gguf("rwkv", "m.gguf"); }),
              AllOf(HasSubstr("m.gguf: general.architecture \"rwkv\""), HasSubstr("llama, qwen2")));
}

TEST(Config, ReadsMistralsWindowAndRefusesOthers) {
  Json mistral = llama_json();
  mistral["model_type"] = "mistral";
  EXPECT_EQ(read_config(mistral, "m").sliding_window, 4096);  // transformers' default
  mistral["sliding_window"] = 128;
  const DecoderConfig windowed = read_config(mistral, "m");
  EXPECT_EQ(windowed.sliding_window, 128);
  EXPECT_EQ(write_config(windowed, "float32").at("sliding_window"), 128);
  for (const Json& wrong : {Json(0), Json(-3), Json(1.5), Json("many"), Json(~0ULL)}) {
    EXPECT_THAT(config_error("sliding_window", wrong, mistral),
                AllOf(HasSubstr("m/config.json: sliding_window is " + wrong.dump()),
                      HasSubstr("whole numbers from 1 to 2147483647, or null")));
  }
  mistral["sliding_window"] = nullptr;
  EXPECT_EQ(read_config(mistral, "m").sliding_window, 0);
  EXPECT_TRUE(write_config(read_config(mistral, "m"), "float32").at("sliding_window").is_null());
  Json qwen = llama_json();
  qwen["model_type"] = "qwen2";
  EXPECT_THAT(config_error("use_sliding_window", true, qwen),
              AllOf(HasSubstr("m/config.json: use_sliding_window"), HasSubstr("not supported")));
  EXPECT_EQ(config_error("use_sliding_window", false, qwen), "no error");
}

TEST(Config, RefusesUnknownAndImpossibleScalings) {
  const auto scaled = [](const Json& scaling) { return config_error("rope_scaling", scaling); };
  EXPECT_THAT(scaled({{"rope_type", "longrope"}}),
              AllOf(HasSubstr("m/config.json: rope_parameters"), HasSubstr("\"longrope\""),
                    HasSubstr("llama3")));
  EXPECT_THAT(scaled({{"rope_type", "linear"}, {"factor", -1.0}}), HasSubstr("must be above 0"));
  EXPECT_THAT(scaled({{"type", "linear"}, {"factor", "x"}}), HasSubstr("a number was expected"));
}

void expect_round_trip(const DecoderConfig& config) {
  const DecoderConfig back = read_config(write_config(config, "float32"), "written");
  EXPECT_EQ(write_config(back, "float32"), write_config(config, "float32"));
  EXPECT_EQ(back.model_type, config.model_type);
  EXPECT_EQ(back.vocab_size, config.vocab_size);
  EXPECT_EQ(back.hidden_size, config.hidden_size);
  EXPECT_EQ(back.intermediate_size, config.intermediate_size);
  EXPECT_EQ(back.num_hidden_layers, config.num_hidden_layers);
  EXPECT_EQ(back.num_attention_heads, config.num_attention_heads);
  EXPECT_EQ(back.num_key_value_heads, config.num_key_value_heads);
  EXPECT_EQ(back.head_dim, config.head_dim);
  EXPECT_EQ(back.max_position_embeddings, config.max_position_embeddings);
  EXPECT_EQ(back.rms_norm_eps, config.rms_norm_eps);
  EXPECT_EQ(back.tie_word_embeddings, config.tie_word_embeddings);
  EXPECT_EQ(back.qkv_bias, config.qkv_bias);
  EXPECT_EQ(back.output_bias, config.output_bias);
  EXPECT_EQ(back.mlp_bias, config.mlp_bias);
  EXPECT_EQ(back.bos_token_id, config.bos_token_id);
  EXPECT_EQ(back.eos_token_id, config.eos_token_id);
  // The same positions, whatever the scaling's other values.
  for (const std::int64_t length : {1, 700, 5000}) {
    const nn::RopeFrequencies ours = nn::rope_frequencies(config.rope, length);
    const nn::RopeFrequencies theirs = nn::rope_frequencies(back.rope, length);
    EXPECT_EQ(largest_difference(ours.inverse, theirs.inverse), 0.0) << config.rope.rope_type;
    EXPECT_EQ(ours.scale, theirs.scale) << config.rope.rope_type;
  }
}

TEST(Config, WrittenConfigsReadBackTheSame) {
  DecoderConfig config = tiny_config();
  config.bos_token_id = {1};
  config.eos_token_id = {2, 3};
  expect_round_trip(config);
  config.qkv_bias = config.output_bias = config.mlp_bias = true;
  config.head_dim = config.rope.head_dim = 12;
  expect_round_trip(config);
  config.mlp_bias = config.output_bias = false;
  config.model_type = "qwen2";
  expect_round_trip(config);
  config.rope.factor = 4.0;
  config.rope.rope_theta = 5e5;
  for (const char* type : {"linear", "dynamic", "llama3", "yarn"}) {
    config.rope.rope_type = type;
    config.rope.original_max_position_embeddings = 128;
    config.rope.low_freq_factor = 1.5;
    config.rope.high_freq_factor = 5.0;
    config.rope.beta_fast = 30.0;
    config.rope.beta_slow = 2.0;
    config.rope.truncate = false;
    config.rope.attention_factor = 1.25;
    expect_round_trip(config);
  }
}

TEST(Config, NamesTensorsAsGgufDoes) {
  EXPECT_EQ(gguf_name("model.embed_tokens.weight"), "token_embd.weight");
  EXPECT_EQ(gguf_name("model.norm.weight"), "output_norm.weight");
  EXPECT_EQ(gguf_name("lm_head.weight"), "output.weight");
  EXPECT_EQ(gguf_name("model.layers.12.self_attn.q_proj.bias"), "blk.12.attn_q.bias");
  EXPECT_EQ(gguf_name("model.layers.0.self_attn.o_proj.weight"), "blk.0.attn_output.weight");
  EXPECT_EQ(gguf_name("model.layers.3.mlp.down_proj.weight"), "blk.3.ffn_down.weight");
  EXPECT_EQ(gguf_name("model.layers.3.input_layernorm.weight"), "blk.3.attn_norm.weight");
  EXPECT_EQ(gguf_name("model.layers.3.post_attention_layernorm.weight"), "blk.3.ffn_norm.weight");
  DecoderConfig config = tiny_config();
  config.tie_word_embeddings = false;
  config.qkv_bias = config.output_bias = config.mlp_bias = true;
  Decoder decoder = tiny_decoder(config);
  for_each_parameter(decoder,
                     [](const std::string& name, Tensor&) { EXPECT_NE(gguf_name(name), ""); });
  for (const char* name : {"model.layers.0.mlp.router.weight", "model.layers.", "", "weight"}) {
    EXPECT_THAT(message_of<ModelError>([&] { (void)gguf_name(name); }),
                HasSubstr("has no name in GGUF files"));
  }
}

}  // namespace
}  // namespace fettle::model
