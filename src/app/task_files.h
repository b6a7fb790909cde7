// Tasks by name or by file: the built-in ones travel inside the program.
#pragma once

#include <string>
#include <vector>

#include "evaluate/task_file.h"

namespace fettle::app {

struct BuiltInTask {
  std::string_view name;
  std::string_view yaml;
};
// Sorted by name; made from tasks/*.yaml when the program is built.
[[nodiscard]] std::span<const BuiltInTask> built_in_tasks();

// A YAML map as JSON: plain words become null, true, numbers as YAML 1.1 reads them, `include` is
// followed (relative to the file, 8 levels). Throws DataError naming file and line.
[[nodiscard]] Json task_json(std::string_view yaml, const std::string& where,
                             const std::string& folder);

// names: built-in tasks, groups (glue, superglue) and paths of .yaml files, each list by commas.
// Throws UsageError for a name that is none, with the nearest.
[[nodiscard]] std::vector<evaluate::TaskFile> load_tasks(const std::vector<std::string>& names);

}  // namespace fettle::app
