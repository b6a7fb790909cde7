// The table of cleaning stages that look at one row.
#pragma once

#include <span>

#include "data/stage.h"

namespace fettle::data {

[[nodiscard]] std::span<const RowStageRow> clean_stages();

}  // namespace fettle::data
