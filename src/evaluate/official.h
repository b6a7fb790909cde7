// The averages that GLUE and SuperGLUE define over their tasks.
#pragma once

#include <string>
#include <vector>

#include "evaluate/task_result.h"

namespace fettle::evaluate {

struct Average {
  std::string name;  // "glue", "superglue"
  double value = 0;  // of the tasks that are there, 0 to 100
  // Tasks that the official score would need; with any, `value` is not the official score.
  std::vector<std::string> missing;
};

// The averages of groups of which at least one task is among the results. A task's figures are
// averaged first (GLUE: Wang et al. 2018, SuperGLUE: Wang et al. 2019); MNLI's two sets count as
// one task; diagnostics (AX, AX-b, AX-g) do not count. A split other than the official, hidden test
// set makes no difference to the formula.
[[nodiscard]] std::vector<Average> official_averages(const std::vector<TaskResult>& results);

}  // namespace fettle::evaluate
