// Recipe files: read with every problem in one report, written with every default filled in.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/recipe.h"

namespace fettle::recipe {

struct Loaded {
  Recipe recipe;
  // One line a note: other trainers' names and words that were understood, with their lines.
  std::vector<std::string> notes;
};

// Reads the file, then the --set arguments ("section.key=value" or "key=value"; the last one of a
// key wins). An output_dir that is not given becomes runs/<the file's name without extension>.
// Throws IoError if the file cannot be read and UsageError with all problems, one a line, sorted
// by line.
[[nodiscard]] Loaded load_recipe(const std::filesystem::path& path,
                                 std::span<const std::string> overrides = {});

// The same from text; name stands in problems ("<name>:<line>: ...") and output_dir stays empty.
[[nodiscard]] Loaded read_recipe(std::string_view source, std::string_view name,
                                 std::span<const std::string> overrides = {});

// The frozen recipe: all sections with all keys, read back by read_recipe to the same Recipe.
[[nodiscard]] std::string dump_recipe(const Recipe& recipe);

}  // namespace fettle::recipe
