// The plain stages that the engine brings: what every preparation needs whatever else is built.
#pragma once

#include <span>

#include "data/stage.h"

namespace fettle::data::prepare {

// drop_empty
[[nodiscard]] std::span<const RowStageRow> own_row_stages();
// exact_duplicates, split
[[nodiscard]] std::span<const SetStageRow> own_set_stages();

}  // namespace fettle::data::prepare
