// Own metrics: a program that reads rows as JSON Lines and writes a score for each, in the sandbox.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/sandbox.h"
#include "metric/score.h"

namespace fettle::metric {

// command: an absolute path and arguments; files and readable as for the sandbox. The program reads
// one row a line from stdin and writes one line a row to stdout: a number, true, false or
// {"score": number}. The metric is their mean. Throws DataError with the program's last words where
// it fails, is stopped, or writes anything else.
[[nodiscard]] std::vector<double> program_scores(const SandboxJob& job, std::span<const Json> rows);
[[nodiscard]] Prepared program_metric(const SandboxJob& job, std::span<const Json> rows);

}  // namespace fettle::metric
