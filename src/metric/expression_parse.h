// Reads an expression; private to expression.cpp.
#pragma once

#include <string_view>
#include <vector>

#include "metric/expression_tree.h"

namespace fettle::metric {

struct Parsed {
  std::vector<Node> nodes;
  std::size_t root = 0;
  std::vector<std::size_t> aggregates;
};

// Throws UsageError.
[[nodiscard]] Parsed parse_expression(std::string_view source);

}  // namespace fettle::metric
