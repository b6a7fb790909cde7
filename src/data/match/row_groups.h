// Training rows that say nearly the same, so that a split never parts them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/row.h"

namespace fettle::data {

// A number for each row, equal for rows whose text is equal after normalisation (words.h) or whose
// word 5-grams reach a Jaccard similarity of 0.8, directly or through others. The text is what is
// asked and answered: without system messages, the label of a classification row, and the words
// with which all rows begin or end (an instruction). Work files lie in the system's temporary
// folder.
[[nodiscard]] std::vector<std::uint32_t> near_groups(std::span<const Row> rows, int threads);

}  // namespace fettle::data
