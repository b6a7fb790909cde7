// LLaMA-Factory's dataset_info.json: each data set's file, form, columns and tags under its name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "data/collect/config.h"

namespace fettle::data::collect {

// The entry `name` of the file `info` as a source; what `config` itself states goes before it.
// Throws UsageError when the name is not there (naming the nearest), DataError for an entry that is
// malformed or that names a hub or a script, which is fetched first and read as a folder.
[[nodiscard]] SourceConfig source_of_entry(const std::filesystem::path& info,
                                           const std::string& name, const SourceConfig& config);

// The same for the parsed file, which lies in `folder`.
[[nodiscard]] Result<SourceConfig> source_of_entry(const Json& entries,
                                                   const std::filesystem::path& folder,
                                                   const std::string& name, SourceConfig config);

}  // namespace fettle::data::collect
