// decontaminate: options and maker for the table of stages.
#pragma once

#include <memory>
#include <vector>

#include "data/stage.h"

namespace fettle::data {

[[nodiscard]] std::vector<Option> decontaminate_options();
// UsageError without benchmarks; DataError for one that cannot be read.
[[nodiscard]] std::unique_ptr<RowStage> make_decontaminate(const Json& options, const Bench& bench);

}  // namespace fettle::data
