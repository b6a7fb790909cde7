// From a recipe's `path` to the files that are read, before any row is.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "data/collect/card.h"
#include "data/collect/config.h"
#include "data/collect/folder.h"

namespace fettle::data::collect {

struct Resolved {
  enum class Kind { kFiles, kPostgres, kWordNet };
  Kind kind = Kind::kFiles;
  SourceConfig config;           // with what the place itself says of form, columns and labels
  std::vector<FoundFile> files;  // in the order in which they are read
  std::string licence;           // "unknown" at worst
  std::string origin;
  bool folder = false;  // the files lie below a folder that was named
};

// Throws UsageError or DataError for a place that is not there, holds no file of a known format, or
// has another SHA-256 than stated. An address is fetched.
[[nodiscard]] Resolved resolve(const SourceConfig& config);

}  // namespace fettle::data::collect
