// The last word on each row, and rows for training from it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "data/annotate/project.h"

namespace fettle::data {

struct Gold {
  Json value;
  std::string_view by;   // "adjudicated", "majority", or "single" (one annotator answered)
  double agreement = 1;  // share of the annotators whose answer is this one
};

// Nothing for a row without answers, or whose answers have no majority and no last word.
[[nodiscard]] std::optional<Gold> gold_of(const ProjectConfig& config, const RowState& state);

struct ExportReport {
  std::int64_t rows = 0;         // written
  std::int64_t adjudicated = 0;  // of them
  std::int64_t majority = 0;
  std::int64_t single = 0;
  std::int64_t open = 0;  // answered, without a majority: adjudicate them
  std::int64_t ties = 0;  // pairs found equal: there is nothing to prefer
  std::int64_t unanswered = 0;
};

// One object a row with a last word, in the rows' order: the keys that training reads (task.h),
// then "origin", "gold_by", "agreement", "annotations" ([{annotator, value, at}, ...], null for a
// skipped row) and "record" (the record's other keys).
[[nodiscard]] ExportReport export_rows(Project& project,
                                       const std::function<void(const Json&)>& sink);

}  // namespace fettle::data
