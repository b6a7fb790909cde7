// Reading recipes in tests: the least that a recipe must say, and the report of a wrong one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "recipe/load.h"

namespace fettle::recipe {

// Three lines; what a test adds at the top level starts on line 4.
inline constexpr std::string_view kLeast =
    "model: {model_name_or_path: m}\ndata: {dataset: d.jsonl}\n\n";

inline Recipe read(std::string_view source, const std::vector<std::string>& overrides = {}) {
  return read_recipe(source, "r.yaml", overrides).recipe;
}

// The least recipe with `more` below it.
inline Recipe read_with(std::string_view more, const std::vector<std::string>& overrides = {}) {
  return read(std::string(kLeast) + std::string(more), overrides);
}

// The whole report, or "" if the recipe is good.
inline std::string report(std::string_view source, const std::vector<std::string>& overrides = {}) {
  try {
    (void)read(source, overrides);
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

inline std::string report_with(std::string_view more,
                               const std::vector<std::string>& overrides = {}) {
  return report(std::string(kLeast) + std::string(more), overrides);
}

}  // namespace fettle::recipe
