// YAML as a recipe may use it: maps, lists and scalars with their lines. Anchors, aliases, tags,
// several documents, deep nesting and text that is not UTF-8 are refused, so that a hostile file
// costs no more than its size. A key that stands twice is kept twice, for the reader to report.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace fettle::recipe {

struct YamlKey {
  std::string name;
  int line = 0;
};

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  int line = 0;  // 1-based
  std::string scalar = {};
  bool quoted = false;
  std::vector<YamlNode> items = {};                        // kList
  std::vector<std::pair<YamlKey, YamlNode>> members = {};  // kMap, in order
};

struct YamlLimits {
  std::size_t max_bytes = std::size_t{1} << 20;
  std::size_t max_depth = 16;
};

// name stands in problems: "<name>:<line>: ...". Empty text is an empty map.
[[nodiscard]] Result<YamlNode> parse_yaml(std::string_view source, std::string_view name,
                                          const YamlLimits& limits = {});

// `value` as a YAML scalar that parse_yaml reads back to the same text: plain where that is safe,
// else in double quotes.
[[nodiscard]] std::string yaml_scalar(std::string_view value);

}  // namespace fettle::recipe
