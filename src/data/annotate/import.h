// Rows of files into a project's database.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/annotate/config.h"

namespace fettle::data {

struct ImportReport {
  std::int64_t rows = 0;
  std::int64_t pre_labelled = 0;  // of them, by the columns of project.yaml
  std::int64_t bad_rows = 0;      // left out
  std::vector<Problem> problems;  // the first 20 of them
};

// Appends the rows of all files, or none. Throws DataError for an unreadable file, for more than
// max_bad_rows rows that the task cannot use (listing the first), or for no row at all; UsageError
// for a config that contradicts itself. Makes annotations.db in `folder` where there is none.
ImportReport import_rows(const ProjectConfig& config, const std::filesystem::path& folder,
                         const std::vector<std::string>& files, std::int64_t max_bad_rows);

}  // namespace fettle::data
