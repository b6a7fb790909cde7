// A recipe's fields as a table, and the way back: describe() reads every field of a Recipe,
// assign() writes one. They are the only visitors; everything else works on the table.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/fields.h"
#include "recipe/recipe.h"

namespace fettle::recipe {

// std::monostate: an optional field that is not given.
using FieldValue =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::string>>;

enum class FieldType { kBool, kInteger, kNumber, kText, kList };

struct FieldInfo {
  std::string_view section;
  std::string_view name;
  FieldType type = FieldType::kText;
  bool optional = false;
  FieldValue value;  // what the described Recipe holds
  FieldRule rule;

  [[nodiscard]] std::string path() const { return std::string(section) + "." + std::string(name); }
};

struct SectionInfo {
  std::string_view name;
  std::string_view help;
};

struct FieldTable {
  std::vector<SectionInfo> sections;
  std::vector<FieldInfo> fields;  // in the order of the sections
};

[[nodiscard]] FieldTable describe(const Recipe& recipe);

// Writes values by path ("train.seed"); a value's type is the one that the table states for its
// path (InternalError otherwise). Fields without a value stay as they are.
void assign(Recipe& recipe, const std::map<std::string, FieldValue>& values);

// "true or false", "whole number", "number", "text", "list of texts"
[[nodiscard]] std::string_view type_name(FieldType type);
// The shortest digits that read back to the same double, a number for all YAML readers.
[[nodiscard]] std::string number_text(double value);
// "1 to 65536", "above 0", "at least 0 and below 1"; empty when every value is allowed.
[[nodiscard]] std::string range_text(const FieldRule& rule);

}  // namespace fettle::recipe
