// Agreement of labelled parts of texts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "data/annotate/project.h"

namespace fettle::data {

// F1 of exactly equal spans (begin, end, label) over pairs of answers, JSON texts; it does not
// matter which of two is called right. NaN when no answer has a span.
[[nodiscard]] double span_f1(
    const std::vector<std::pair<const std::string*, const std::string*>>& answers);

// Krippendorff's alpha, nominal, whose units are the characters that some answer of their row
// covers or that stand before the last such one; a character's value is the set of its labels.
[[nodiscard]] double character_alpha(const std::vector<const RowState*>& rows);

}  // namespace fettle::data
