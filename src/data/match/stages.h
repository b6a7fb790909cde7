// The stages of data preparation that compare rows with each other and with benchmarks.
#pragma once

#include <span>

#include "data/stage.h"

namespace fettle::data {

// exact_duplicates, near_duplicates, shared_spans
[[nodiscard]] std::span<const SetStageRow> match_stages();
// cut_shared_spans, decontaminate
[[nodiscard]] std::span<const RowStageRow> match_row_stages();

}  // namespace fettle::data
