#include "model/families.h"

#include <array>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"

namespace fettle::model {
namespace {

bool flag(const Json& json, std::string_view key, bool fallback) {
  const Json* value = find(json, key);
  return value != nullptr && value->is_boolean() ? value->get<bool>() : fallback;
}

void adjust_llama(const Json& json, const std::string&, DecoderConfig& config) {
  config.qkv_bias = config.output_bias = flag(json, "attention_bias", false);
  config.mlp_bias = flag(json, "mlp_bias", false);
}

// transformers takes 4096 where the key is absent; null is no window.
void adjust_mistral(const Json& json, const std::string& where, DecoderConfig& config) {
  constexpr std::int64_t kDefault = 4096;
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  const Json* given = find(json, "sliding_window");
  if (given != nullptr && given->is_null()) return;
  if (given != nullptr && (!given->is_number_integer() || *given < 1 || *given > kMost)) {
    throw ModelError("{}: sliding_window is {}; allowed are whole numbers from 1 to {}, or null",
                     where, to_text(*given), kMost);
  }
  config.sliding_window = given == nullptr ? kDefault : given->get<std::int64_t>();
}

void write_mistral(const DecoderConfig& config, Json& json) {
  json["sliding_window"] = config.sliding_window > 0 ? Json(config.sliding_window) : Json();
}

void adjust_qwen2(const Json& json, const std::string& where, DecoderConfig& config) {
  config.qkv_bias = true;
  if (flag(json, "use_sliding_window", false)) {
    throw ModelError(
        "{}: use_sliding_window is true: windowed attention is not supported; choose a model "
        "without it",
        where);
  }
}

constexpr std::array<Family, 3> kFamilies = {{
    {"llama", "LlamaForCausalLM", "LlamaForSequenceClassification", "llama", true, adjust_llama,
     nullptr, "LLaMA 1 to 3, SmolLM2, TinyLlama and their kin", "arXiv 2302.13971, 2407.21783"},
    {"mistral", "MistralForCausalLM", "MistralForSequenceClassification", "", true, adjust_mistral,
     write_mistral, "Mistral", "arXiv 2310.06825"},
    {"qwen2", "Qwen2ForCausalLM", "Qwen2ForSequenceClassification", "qwen2", false, adjust_qwen2,
     nullptr, "Qwen 2 and 2.5", "arXiv 2407.10671"},
}};

// Parameter names below "model.layers.N." and their GGUF counterparts below "blk.N.".
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kLayerNames = {{
    {"input_layernorm", "attn_norm"},
    {"self_attn.q_proj", "attn_q"},
    {"self_attn.k_proj", "attn_k"},
    {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"},
    {"post_attention_layernorm", "ffn_norm"},
    {"mlp.gate_proj", "ffn_gate"},
    {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kModelNames = {{
    {"model.embed_tokens", "token_embd"},
    {"model.norm", "output_norm"},
    {"lm_head", "output"},
}};

template <class Known>
std::string known_list(Known member) {
  std::vector<std::string_view> names;
  for (const Family& family : kFamilies) {
    if (!(family.*member).empty()) names.push_back(family.*member);
  }
  return join(names, ", ");
}

}  // namespace

std::span<const Family> families() { return kFamilies; }

const Family& family_named(std::string_view model_type, const std::string& where) {
  for (const Family& family : kFamilies) {
    if (family.name == model_type) return family;
  }
  throw ModelError("{}: model_type \"{}\" is not supported; known: {}", where, model_type,
                   known_list(&Family::name));
}

const Family& family_of_gguf(std::string_view architecture, const std::string& where) {
  for (const Family& family : kFamilies) {
    if (!family.gguf.empty() && family.gguf == architecture) return family;
  }
  throw ModelError("{}: general.architecture \"{}\" is not supported; known: {}", where,
                   architecture, known_list(&Family::gguf));
}

std::string gguf_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  const std::string_view stem = name.substr(0, dot);
  const std::string_view suffix = name.substr(dot == std::string_view::npos ? name.size() : dot);
  for (const auto& [ours, theirs] : kModelNames) {
    if (stem == ours) return text("{}{}", theirs, suffix);
  }
  constexpr std::string_view kPrefix = "model.layers.";
  if (stem.starts_with(kPrefix)) {
    const std::string_view rest = stem.substr(kPrefix.size());
    const std::size_t end = rest.find('.');
    for (const auto& [ours, theirs] : kLayerNames) {
      if (end != std::string_view::npos && rest.substr(end + 1) == ours) {
        return text("blk.{}.{}{}", rest.substr(0, end), theirs, suffix);
      }
    }
  }
  throw ModelError("parameter \"{}\" has no name in GGUF files", name);
}

}  // namespace fettle::model
