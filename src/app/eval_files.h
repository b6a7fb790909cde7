// An evaluation's files in a run's folder: eval/<name>.json with the figures, eval/<name>.jsonl
// with a line a row.
#pragma once

#include <optional>
#include <string>

#include "base/file.h"
#include "evaluate/report.h"

namespace fettle::app {

void write_evaluation(const fs::path& run, const std::string& name, const evaluate::Report& report);

// The figures of an earlier evaluation of the run, without its rows; nothing when there is none.
[[nodiscard]] std::optional<evaluate::Report> read_evaluation(const fs::path& run,
                                                              const std::string& name);

}  // namespace fettle::app
