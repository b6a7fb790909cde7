// Which of a model's tensors a method trains, under the names that its files give them.
#pragma once

#include <vector>

#include "adapt/config.h"
#include "model/decoder.h"
#include "optim/parameter.h"

namespace fettle::adapt {

// Sets the model up for training: lora: the low-rank parts that add_lora gave it, named as PEFT
// writes them (base_model.model.<module>.lora_A.weight); full: every parameter as a float32 master
// under Hugging Face's name. The tensors are float32 leaves that require gradients and are shared
// with the model; all others do not require any.
[[nodiscard]] std::vector<optim::Parameter> make_trainable(model::Decoder& decoder,
                                                           const MethodConfig& config);

// PEFT's name of a module's low-rank tensor; part: "lora_A" or "lora_B".
[[nodiscard]] std::string peft_name(const std::string& module, std::string_view part);

}  // namespace fettle::adapt
