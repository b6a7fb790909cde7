// PEFT's adapter format: adapter_config.json and adapter_model.safetensors.
#pragma once

#include <string>

#include "adapt/config.h"
#include "base/file.h"
#include "base/json.h"
#include "model/decoder.h"

namespace fettle::adapt {

// adapter_config.json for a LoRA adapter, keys sorted as PEFT writes them.
[[nodiscard]] Json peft_config(model::Decoder& decoder, const MethodConfig& config,
                               const std::string& base_model);

// Writes both files into `folder`, each aside and renamed; tensors in float32.
void write_peft(const fs::path& folder, model::Decoder& decoder, const MethodConfig& config,
                const std::string& base_model);

struct PeftAdapter {
  MethodConfig method;     // rank, alpha, dropout, targets as the folder states them
  std::string base_model;  // base_model_name_or_path
};

// Reads an adapter folder into the decoder's linear layers; unknown config keys are ignored as PEFT
// does, variants that fettle does not compute (DoRA, biases, other peft_types) are refused by name.
// Throws ModelError for missing or misshapen tensors and for modules the model does not have.
PeftAdapter read_peft(const fs::path& folder, model::Decoder& decoder);

}  // namespace fettle::adapt
