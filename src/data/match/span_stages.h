// shared_spans and cut_shared_spans: options and makers for the table of stages.
#pragma once

#include <memory>
#include <vector>

#include "data/stage.h"

namespace fettle::data {

[[nodiscard]] std::vector<Option> shared_spans_options();
[[nodiscard]] std::unique_ptr<SetStage> make_shared_spans(const Json& options, const Bench& bench);
[[nodiscard]] std::unique_ptr<RowStage> make_cut_shared_spans(const Json& options,
                                                              const Bench& bench);

// The texts of `fields` without the noted spans, "[[begin, end], ...]" in bytes of text_of(), in
// ascending order; the bytes cut. Throws DataError for a note that does not fit the texts.
std::uint64_t cut_noted_spans(Json& fields, const std::string& note);

}  // namespace fettle::data
