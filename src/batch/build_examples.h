// A data set's rows as examples of at most max_length tokens, with a report of what became of each.
#pragma once

#include <span>
#include <vector>

#include "batch/make_example.h"

namespace fettle::batch {

// What happens to a row that is longer than max_length; BatchConfig::truncation by name.
// - drop: left out.
// - truncate_left: the last max_length tokens; a BOS at the row's start is kept before them.
// - truncate_right: the first max_length tokens.
// - split: parts of max_length tokens one after another; a part's first token is not scored.
// - error: DataError.
// A cut row of which nothing scored is left counts as refused, such a part as left out. Rows with a
// problem are refused and the problems reported; the caller decides how many are too many. Throws
// UsageError for an unknown truncation or a max_length under 2.
[[nodiscard]] std::vector<Example> build_examples(std::span<const data::Row> rows,
                                                  const TextSide& side, const BatchConfig& config,
                                                  ExampleReport& report);

}  // namespace fettle::batch
