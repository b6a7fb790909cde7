// The folder of a run: taken, emptied or gone on with; never shared by two processes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "recipe/recipe.h"

namespace fettle::app {

struct RunFolder {
  fs::path path;
  std::unique_ptr<FolderLock> lock;
  std::optional<fs::path> resume_from;  // a whole checkpoint
  std::vector<std::string> notes;       // checkpoints passed over, and why
};

// Creates and locks train.output_dir. An earlier run there is gone on with (resume), emptied
// (overwrite) or refused; a folder that holds something else is never emptied. Throws UsageError or
// IoError.
[[nodiscard]] RunFolder take_run_folder(const recipe::Recipe& recipe, bool resume, bool overwrite);

// Throws UsageError naming the first keys whose values differ between the frozen recipe of a
// checkpoint and this one; where things are computed and written may differ.
void check_same_recipe(const std::string& frozen, const recipe::Recipe& now,
                       const fs::path& checkpoint);

}  // namespace fettle::app
