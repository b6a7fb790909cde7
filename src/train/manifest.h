// manifest.json: the files of a checkpoint with their sizes and sums, written last.
#pragma once

#include "base/file.h"
#include "base/result.h"

namespace fettle::train {

// Lists every file of `folder` (sub-folders are not expected) and writes manifest.json durably.
// Returns the bytes of all files.
[[nodiscard]] std::uint64_t write_manifest(const fs::path& folder);

// The bytes of the files that the manifest lists; the folder must verify.
[[nodiscard]] std::uint64_t listed_bytes(const fs::path& folder);

// True, or a problem naming the first file that is missing, of another size or of another sum.
[[nodiscard]] Result<bool> verify_manifest(const fs::path& folder);

}  // namespace fettle::train
