// The stages of data preparation that part, repeat and weigh rows.
#pragma once

#include <span>

#include "data/stage.h"

namespace fettle::data {

// split, folds, resample, mix, class_weights
[[nodiscard]] std::span<const SetStageRow> balance_stages();

}  // namespace fettle::data
