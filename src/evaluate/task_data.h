// A task's rows from disk, in the layouts in which the hub stores data sets.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "evaluate/task_file.h"

namespace fettle::evaluate {

// The files of a split, sorted: those that data_files names (relative to the working folder, the
// task's own or one of `folders`), or under FOLDER/{owner/name, name, owner--name,
// datasets--owner--name/snapshots/*} the files CONFIG/SPLIT*, data/SPLIT*, CONFIG-SPLIT* or SPLIT*
// as .jsonl, .json, .csv, .tsv or .parquet. Throws DataError that says what was looked for, where
// and how to get it.
[[nodiscard]] std::vector<fs::path> find_split(const TaskFile& task, const std::string& split,
                                               const std::vector<fs::path>& folders);

// All rows of a split as objects. A malformed row throws DataError with file and line.
[[nodiscard]] std::vector<Json> read_split(const TaskFile& task, const std::string& split,
                                           const std::vector<fs::path>& folders);

}  // namespace fettle::evaluate
