// Where the store of runs lies.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/file.h"

namespace fettle::store {

// The value of an environment variable, or nullptr: std::getenv.
using Environment = std::function<const char*(const char*)>;

// --store if it is given, else FETTLE_STORE, else fettle/runs.db under XDG_DATA_HOME, else under
// HOME/.local/share (XDG Base Directory Specification: a relative XDG_DATA_HOME does not count).
// Nothing where the word is "none", or where no variable says where the user's data lies.
[[nodiscard]] std::optional<fs::path> place(const std::string& option,
                                            const Environment& environment);

}  // namespace fettle::store
