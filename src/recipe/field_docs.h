// The table of all recipe keys as people and programs read it: `fettle show fields` and
// docs/recipe.md.
#pragma once

#include <string>

#include "base/json.h"

namespace fettle::recipe {

// Aligned columns, a block a section.
[[nodiscard]] std::string fields_text();
// [{"section", "key", "type", "default", "required", "choices", "min", "max", "aliases",
// "opposites", "help"}]; a default of null: not given.
[[nodiscard]] Json fields_json();
// The whole page docs/recipe.md.
[[nodiscard]] std::string fields_markdown();

}  // namespace fettle::recipe
