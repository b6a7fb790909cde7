// LoRA (arXiv 2106.09685) as an edit on a model: low-rank parts beside frozen linear layers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapt/config.h"
#include "model/decoder.h"

namespace fettle::adapt {

// Whether a module is meant by one of `names`: its whole path, the path's end after a dot
// ("q_proj"), a pattern with * and ? over the whole path, or "all-linear".
[[nodiscard]] bool targets(const std::vector<std::string>& names, const std::string& module);

// alpha / r, or alpha / sqrt(r) with rsLoRA (arXiv 2312.03732).
[[nodiscard]] double lora_scale(const MethodConfig& config);

// Gives every targeted linear layer of the blocks a low-rank part: A uniform in +-1/sqrt(in) (the
// Kaiming bound with a = sqrt 5, as PEFT), a function of (seed, module name); B zero. Throws
// UsageError, listing the modules there are, when a name in lora_target matches none.
void add_lora(model::Decoder& decoder, const MethodConfig& config, std::uint64_t seed);

}  // namespace fettle::adapt
