// Files of rows as records: an object of keys and values and where it stood. One reader a format.
#pragma once

#include <filesystem>
#include <functional>

#include "base/json.h"
#include "base/result.h"
#include "data/config.h"
#include "data/row.h"

namespace fettle::data {

// Called for each record in the order of the file; a malformed one comes as its Problem.
using RecordSink = std::function<void(Result<Json>, Origin)>;

// "jsonl", "json", "csv", "tsv" or "text": the recipe's dataset_format, or by the file's name (less
// .gz). Throws DataError naming the known endings for another name.
[[nodiscard]] std::string file_format(const std::filesystem::path& path, const DataConfig& config);

// Reads all of `path`. Throws DataError when the file itself cannot be read: missing, damaged, no
// array of rows, a header with the same name twice.
void read_records(const std::filesystem::path& path, const DataConfig& config,
                  const RecordSink& sink);

}  // namespace fettle::data
