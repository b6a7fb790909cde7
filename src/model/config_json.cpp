// The configuration of a decoder as config.json has it.
#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "model/families.h"

namespace fettle::model {
namespace {

// Typed look-ups with the key and the file in the message.
class Keys {
 public:
  Keys(const Json& json, const std::string& where) : json_(json), where_(where) {}

  [[nodiscard]] std::int64_t integer(std::string_view key,
                                     std::optional<std::int64_t> fallback) const {
    const Json* value = present(key);
    if (value == nullptr) {
      if (fallback) return *fallback;
      throw ModelError("{}: \"{}\" is missing", where_, key);
    }
    if (!value->is_number_integer()) {
      throw ModelError("{}: \"{}\" is {}; an integer was expected", where_, key, to_text(*value));
    }
    return value->get<std::int64_t>();
  }

  [[nodiscard]] double number(std::string_view key, double fallback) const {
    const Json* value = present(key);
    if (value == nullptr) return fallback;
    if (!value->is_number()) {
      throw ModelError("{}: \"{}\" is {}; a number was expected", where_, key, to_text(*value));
    }
    return value->get<double>();
  }

  [[nodiscard]] std::optional<double> maybe_number(std::string_view key) const {
    if (present(key) == nullptr) return std::nullopt;
    return number(key, 0.0);
  }

  [[nodiscard]] std::string string(std::string_view key, const std::string& fallback) const {
    const Json* value = present(key);
    if (value == nullptr) return fallback;
    if (!value->is_string()) {
      throw ModelError("{}: \"{}\" is {}; a string was expected", where_, key, to_text(*value));
    }
    return value->get<std::string>();
  }

  [[nodiscard]] bool boolean(std::string_view key, bool fallback) const {
    const Json* value = present(key);
    return value != nullptr && value->is_boolean() ? value->get<bool>() : fallback;
  }

  // One id or a list of them.
  [[nodiscard]] std::vector<std::int64_t> ids(std::string_view key) const {
    const Json* value = present(key);
    if (value == nullptr) return {};
    if (value->is_number_integer()) return {value->get<std::int64_t>()};
    std::vector<std::int64_t> out;
    for (const Json& item : *value) {
      if (item.is_number_integer()) out.push_back(item.get<std::int64_t>());
    }
    return out;
  }

  [[nodiscard]] const Json* present(std::string_view key) const {
    const Json* value = find(json_, key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

 private:
  const Json& json_;
  const std::string& where_;
};

// rope_parameters (transformers 5) or rope_scaling (older), with rope_theta inside or beside it.
nn::RopeConfig read_rope(const Keys& keys, const DecoderConfig& config, const std::string& where) {
  nn::RopeConfig rope;
  rope.head_dim = config.head_dim;
  rope.max_position_embeddings = config.max_position_embeddings;
  rope.rope_theta = keys.number("rope_theta", rope.rope_theta);
  const Json* scaling = keys.present("rope_parameters");
  if (scaling == nullptr) scaling = keys.present("rope_scaling");
  if (scaling == nullptr) return rope;
  const std::string inside = where + ": rope_parameters";
  const Keys scaled(*scaling, inside);
  rope.rope_theta = scaled.number("rope_theta", rope.rope_theta);
  rope.rope_type = scaled.string("rope_type", scaled.string("type", "default"));
  rope.factor = scaled.number("factor", 1.0);
  rope.original_max_position_embeddings = scaled.integer("original_max_position_embeddings", 0);
  rope.low_freq_factor = scaled.number("low_freq_factor", rope.low_freq_factor);
  rope.high_freq_factor = scaled.number("high_freq_factor", rope.high_freq_factor);
  rope.beta_fast = scaled.number("beta_fast", rope.beta_fast);
  rope.beta_slow = scaled.number("beta_slow", rope.beta_slow);
  rope.truncate = scaled.boolean("truncate", rope.truncate);
  rope.attention_factor = scaled.maybe_number("attention_factor");
  rope.mscale = scaled.maybe_number("mscale");
  rope.mscale_all_dim = scaled.maybe_number("mscale_all_dim");
  try {
    (void)nn::rope_frequencies(rope, 1);
  } catch (const UsageError& error) {
    throw ModelError("{}: {}", inside, error.what());
  }
  return rope;
}

bool has_classification_head(const Keys& keys, const Family& family) {
  const Json* names = keys.present("architectures");
  return names != nullptr && names->is_array() && !names->empty() &&
         names->front() == Json(std::string(family.classifier));
}

// The names of a head's classes as transformers' PreTrainedConfig counts them: by id2label, which
// is left out for two unnamed ones, else by num_labels.
std::vector<std::string> read_labels(const Keys& keys, const std::string& where) {
  constexpr std::int64_t kMaxLabels = 10'000;
  constexpr const char* kKind = "single_label_classification";
  const std::string kind = keys.string("problem_type", kKind);
  if (kind != kKind) {
    throw ModelError("{}: problem_type is \"{}\"; of classification heads only {} is read", where,
                     kind, kKind);
  }
  const Json* names = keys.present("id2label");
  const std::int64_t named = names == nullptr ? 2 : static_cast<std::int64_t>(names->size());
  const std::int64_t count = keys.integer("num_labels", named);
  if (count < 2 || count > kMaxLabels || (names != nullptr && named != count)) {
    throw ModelError(
        "{}: the classification head has {} labels, and id2label names {}; allowed are 2 to {}, "
        "each with its name",
        where, count, names == nullptr ? 0 : named, kMaxLabels);
  }
  std::vector<std::string> out;
  for (std::int64_t i = 0; i < count; ++i) {
    const Json* name = names == nullptr ? nullptr : find(*names, text("{}", i));
    const bool fits = name != nullptr && name->is_string() &&
                      std::ranges::find(out, name->get<std::string>()) == out.end();
    if (names != nullptr && !fits) {
      throw ModelError("{}: id2label gives label {} the name {}; each of 0 to {} needs its own",
                       where, i, name == nullptr ? "nothing" : to_text(*name), count - 1);
    }
    out.push_back(names == nullptr ? text("LABEL_{}", i) : name->get<std::string>());
  }
  return out;
}

Json rope_scaling(const nn::RopeConfig& rope) {
  Json scaling = {{"rope_type", rope.rope_type}, {"factor", rope.factor}};
  if (rope.original_max_position_embeddings > 0) {
    scaling["original_max_position_embeddings"] = rope.original_max_position_embeddings;
  }
  if (rope.rope_type == "llama3") {
    scaling["low_freq_factor"] = rope.low_freq_factor;
    scaling["high_freq_factor"] = rope.high_freq_factor;
  }
  if (rope.rope_type == "yarn") {
    scaling["beta_fast"] = rope.beta_fast;
    scaling["beta_slow"] = rope.beta_slow;
    scaling["truncate"] = rope.truncate;
    if (rope.attention_factor) scaling["attention_factor"] = *rope.attention_factor;
    if (rope.mscale) scaling["mscale"] = *rope.mscale;
    if (rope.mscale_all_dim) scaling["mscale_all_dim"] = *rope.mscale_all_dim;
  }
  return scaling;
}

void write_labels(const DecoderConfig& config, Json& json) {
  for (std::size_t i = 0; i < config.labels.size(); ++i) {
    json["id2label"][text("{}", i)] = config.labels[i];
    json["label2id"][config.labels[i]] = i;
  }
  if (config.pad_token_id) json["pad_token_id"] = *config.pad_token_id;
}

}  // namespace

DecoderConfig read_config(const Json& json, const std::string& where) {
  const Keys keys(json, where);
  const Family& family = family_named(keys.string("model_type", ""), where);
  DecoderConfig config;
  config.model_type = family.name;
  config.vocab_size = keys.integer("vocab_size", std::nullopt);
  config.hidden_size = keys.integer("hidden_size", std::nullopt);
  config.intermediate_size = keys.integer("intermediate_size", std::nullopt);
  config.num_hidden_layers = keys.integer("num_hidden_layers", std::nullopt);
  config.num_attention_heads = keys.integer("num_attention_heads", std::nullopt);
  config.num_key_value_heads = keys.integer("num_key_value_heads", config.num_attention_heads);
  if (config.num_attention_heads < 1) config.num_attention_heads = 0;  // refused by check_config
  config.head_dim = keys.integer("head_dim", config.num_attention_heads > 0
                                                 ? config.hidden_size / config.num_attention_heads
                                                 : 0);
  config.max_position_embeddings = keys.integer("max_position_embeddings", 2048);
  config.rms_norm_eps = keys.number("rms_norm_eps", 1e-6);
  config.hidden_act = keys.string("hidden_act", "silu");
  config.tie_word_embeddings = keys.boolean("tie_word_embeddings", false);
  config.bos_token_id = keys.ids("bos_token_id");
  config.eos_token_id = keys.ids("eos_token_id");
  if (has_classification_head(keys, family)) {
    config.labels = read_labels(keys, where);
    if (keys.present("pad_token_id") != nullptr) {
      config.pad_token_id = keys.integer("pad_token_id", std::nullopt);
    }
  }
  config.rope.head_dim = config.head_dim;
  config.rope.max_position_embeddings = config.max_position_embeddings;
  check_config(config, where);
  config.rope = read_rope(keys, config, where);
  family.adjust(json, where, config);
  check_config(config, where);
  return config;
}

Json write_config(const DecoderConfig& config, std::string_view dtype) {
  const Family& family = family_named(config.model_type, "config");
  const std::string_view architecture =
      config.labels.empty() ? family.architecture : family.classifier;
  Json json = {{"architectures", {std::string(architecture)}},
               {"model_type", config.model_type},
               {"vocab_size", config.vocab_size},
               {"hidden_size", config.hidden_size},
               {"intermediate_size", config.intermediate_size},
               {"num_hidden_layers", config.num_hidden_layers},
               {"num_attention_heads", config.num_attention_heads},
               {"num_key_value_heads", config.num_key_value_heads},
               {"head_dim", config.head_dim},
               {"max_position_embeddings", config.max_position_embeddings},
               {"rms_norm_eps", config.rms_norm_eps},
               {"hidden_act", config.hidden_act},
               {"tie_word_embeddings", config.tie_word_embeddings},
               {"attention_bias", config.qkv_bias},
               {"mlp_bias", config.mlp_bias},
               {"rope_theta", config.rope.rope_theta},
               {"torch_dtype", std::string(dtype)}};
  if (config.rope.rope_type != "default") json["rope_scaling"] = rope_scaling(config.rope);
  const auto write_ids = [&json](const char* key, const std::vector<std::int64_t>& ids) {
    if (ids.size() == 1) json[key] = ids[0];
    if (ids.size() > 1) json[key] = ids;
  };
  write_ids("bos_token_id", config.bos_token_id);
  write_ids("eos_token_id", config.eos_token_id);
  if (!config.labels.empty()) write_labels(config, json);
  if (family.write != nullptr) family.write(config, json);
  return json;
}

}  // namespace fettle::model
