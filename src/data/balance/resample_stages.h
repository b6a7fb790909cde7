// resample, mix and class_weights: options and makers for the table of stages.
#pragma once

#include <memory>
#include <vector>

#include "data/stage.h"

namespace fettle::data {

[[nodiscard]] std::vector<Option> resample_options();
[[nodiscard]] std::vector<Option> mix_options();
[[nodiscard]] std::vector<Option> weights_options();
// UsageError for a strategy or a temperature that cannot be.
[[nodiscard]] std::unique_ptr<SetStage> make_resample(const Json& options, const Bench& bench);
[[nodiscard]] std::unique_ptr<SetStage> make_mix(const Json& options, const Bench& bench);
[[nodiscard]] std::unique_ptr<SetStage> make_weights(const Json& options, const Bench& bench);

}  // namespace fettle::data
