// split and folds: options and makers for the table of stages.
#pragma once

#include <memory>
#include <vector>

#include "data/stage.h"

namespace fettle::data {

[[nodiscard]] std::vector<Option> split_options();
[[nodiscard]] std::vector<Option> folds_options();
// UsageError for parts or keys that contradict each other.
[[nodiscard]] std::unique_ptr<SetStage> make_split(const Json& options, const Bench& bench);
[[nodiscard]] std::unique_ptr<SetStage> make_folds(const Json& options, const Bench& bench);

}  // namespace fettle::data
