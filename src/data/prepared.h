// A folder that `fettle prepare` wrote, as the data of a training run: named to the byte by its
// manifest, and checked against it before a row is read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace fettle::data {

struct PreparedFolder {
  std::filesystem::path train;
  std::optional<std::filesystem::path> validation;
};

// XXH3-128 of a file, read part by part. Throws DataError.
[[nodiscard]] std::string file_sum(const std::filesystem::path& path);

// Nothing when `path` is no folder with a manifest of prepared rows. Throws DataError for an
// unfinished folder, and for a file whose size or XXH3-128 differs from the manifest's.
[[nodiscard]] std::optional<PreparedFolder> read_prepared(const std::filesystem::path& path);

}  // namespace fettle::data
