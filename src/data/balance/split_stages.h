// split and folds: options and makers for the table of stages.
#pragma once

#include <memory>
#include <vector>

#include "data/stage.h"

namespace fettle::data {

[[nodiscard]] std::vector<Option> split_options();
[[nodiscard]] std::vector<Option> folds_options();
// UsageError for parts or keys that contradict each other.
[[nodiscard]] std::unique_ptr<SetStage> make_split(const Json& options, const Bench& bench);
[[nodiscard]] std::unique_ptr<SetStage> make_folds(const Json& options, const Bench& bench);

// Seconds, or days, or anything that grows with time: a number, or a date "2024-05-01" with or
// without "T12:30:00" and a zone ("Z", "+02:00"), as seconds since 1970. NaN for anything else.
[[nodiscard]] double time_of(std::string_view value);

}  // namespace fettle::data
