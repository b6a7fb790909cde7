// The stages that the engine brings.
#pragma once

#include <span>

#include "data/stage.h"

namespace fettle::data::prepare {

// drop_empty
[[nodiscard]] std::span<const RowStageRow> own_row_stages();

}  // namespace fettle::data::prepare
