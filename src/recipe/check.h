// What no single key can tell: values that do not go together. Looks at values alone, so a frozen
// recipe, in which every key is given, passes exactly when the user's did.
#pragma once

#include <string>
#include <vector>

#include "recipe/recipe.h"

namespace fettle::recipe {

struct Conflict {
  std::string path;  // the key to blame: "train.warmup_ratio"
  std::string what;  // one sentence with the way out
};

[[nodiscard]] std::vector<Conflict> check(const Recipe& recipe);

// Whether the recipe names rows to evaluate on: eval_dataset, val_size, or WordNet's own split.
[[nodiscard]] bool has_eval_rows(const data::DataConfig& data);

}  // namespace fettle::recipe
