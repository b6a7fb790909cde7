// The stages of data preparation that make new rows from kept ones.
#pragma once

#include <span>

#include "data/stage.h"

namespace fettle::data {

// noise, synonyms, phrasings, paraphrase, back_translation
[[nodiscard]] std::span<const RowStageRow> augment_stages();

}  // namespace fettle::data
