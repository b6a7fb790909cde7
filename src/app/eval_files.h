// An evaluation's files in a run's folder: eval/<name>.json with the figures, eval/<name>.jsonl with
// a line a row.
#pragma once

#include <string>

#include "base/file.h"
#include "evaluate/report.h"

namespace fettle::app {

void write_evaluation(const fs::path& run, const std::string& name,
                      const evaluate::Report& report);

}  // namespace fettle::app
