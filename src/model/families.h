// The table of decoder families: how each names its configuration and its weights on disk. A new
// family is one row here, its readers, and an oracle test.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "model/decoder_config.h"
#include "tensor/gguf.h"

namespace fettle::model {

struct Family {
  std::string_view name;          // config.json's model_type
  std::string_view architecture;  // config.json's architectures[0]
  std::string_view classifier;    // the same with a classification head
  std::string_view gguf;          // general.architecture; empty when GGUF files are not read
  // Rows of q_proj and k_proj are interleaved in GGUF files of this family.
  bool gguf_interleaves_rope = false;
  // Overrides of the common reading of config.json; `where` names it in problems.
  void (*adjust)(const Json& json, const std::string& where, DecoderConfig& config) = nullptr;
  // Keys of config.json for which transformers' own defaults would be wrong.
  void (*write)(const DecoderConfig& config, Json& json) = nullptr;
  std::string_view help;
  std::string_view source;
};

[[nodiscard]] std::span<const Family> families();

// The row of config.json's model_type; throws ModelError listing the known ones.
[[nodiscard]] const Family& family_named(std::string_view model_type, const std::string& where);
[[nodiscard]] const Family& family_of_gguf(std::string_view architecture, const std::string& where);

// config.json to a checked config. Unknown keys are ignored, as transformers does.
[[nodiscard]] DecoderConfig read_config(const Json& json, const std::string& where);
[[nodiscard]] DecoderConfig read_config(const tensor::GgufFile& file);

// The config.json that transformers loads for this config; dtype: "float32", "bfloat16", ...
[[nodiscard]] Json write_config(const DecoderConfig& config, std::string_view dtype);

// Hugging Face's parameter name to the GGUF tensor's: model.layers.0.mlp.up_proj.weight to
// blk.0.ffn_up.weight. Throws ModelError for a name that GGUF does not have.
[[nodiscard]] std::string gguf_name(std::string_view hugging_face_name);

}  // namespace fettle::model
