// Judged rows that the tuning data holds: such a row says what was remembered, not what was learnt.
#pragma once

#include <string>
#include <vector>

#include "evaluate/task_result.h"

namespace fettle::evaluate {

struct TuningTexts {
  std::string source;              // the run or file, for reports
  std::vector<std::string> texts;  // one a row
};

// Marks the rows that share 13 words in a row with a tuning row (lower case, no punctuation), or
// whose text of 8 to 12 words stands whole in one, or the other way round
// (data/match/contamination.h). Of a judged row its data set's texts of 8 words and more are looked
// for, each by itself, so that a template which all rows share is none of them; of a row without
// such a text, all its texts together. The figures are those of the rows left.
[[nodiscard]] Contamination look_for(const TuningTexts& tuning, const TaskFile& task,
                                     std::vector<TaskRow>& rows,
                                     const metric::BootstrapOptions& options);

}  // namespace fettle::evaluate
