// Programs in the sandbox: own metrics that read rows as JSON Lines and write a score for each, and
// a model's programs that are right when their tests pass.
#pragma once

#include <cstdint>
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
[[nodiscard]] Prepared program_metric(const SandboxJob& job, std::span<const Json> rows);

// How many of a task's samples pass, for pass_at_k().
struct Passed {
  std::int64_t samples = 0;
  std::int64_t passed = 0;
  std::vector<std::string>
      why;  // one sentence a sample: "ended with exit code 0", "was stopped ..."
};

// Each sample is a whole program (solution and its tests) that ends with exit code 0 when it is
// right (HumanEval, Chen et al. 2021); it is handed to the interpreter as a file. interpreter: an
// absolute path and arguments, "/usr/bin/python3 -I"; readable and limits as for the sandbox, each
// sample alone. A problem where the system allows no sandbox: nothing ran.
[[nodiscard]] Result<Passed> run_samples(std::span<const std::string> samples,
                                         std::span<const std::string> interpreter,
                                         const SandboxLimits& limits = {},
                                         std::span<const std::string> readable = {});

}  // namespace fettle::metric
