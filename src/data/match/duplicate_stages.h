// exact_duplicates and near_duplicates: options and makers for the table of stages.
#pragma once

#include <memory>
#include <vector>

#include "data/stage.h"

namespace fettle::data {

[[nodiscard]] std::vector<Option> exact_options();
[[nodiscard]] std::vector<Option> near_options();
// UsageError for options that contradict each other; DataError for a file of `against` that cannot
// be read.
[[nodiscard]] std::unique_ptr<SetStage> make_exact_duplicates(const Json& options,
                                                              const Bench& bench);
[[nodiscard]] std::unique_ptr<SetStage> make_near_duplicates(const Json& options,
                                                             const Bench& bench);

}  // namespace fettle::data
