// The account of a preparation: sources with their inputs' sums, stages with options and counts,
// outputs with sums, how the rows look before and after. What the pages are made from, and what
// names the data of a training run to the byte.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "data/prepare/engine.h"

namespace fettle::data::prepare {

inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr std::string_view kManifestFormat = "fettle.prepared/1";

// Of a finished run, before the work folder is removed.
[[nodiscard]] Json make_manifest(const Job& job, const Prepared& prepared);

// What a reader should know before trusting the rows; one sentence each.
[[nodiscard]] std::vector<std::string> find_warnings(const Json& manifest);

// The licence and origin as people read them: empty is "unknown".
[[nodiscard]] std::string known_or_not(const Json& source, std::string_view key);

}  // namespace fettle::data::prepare
