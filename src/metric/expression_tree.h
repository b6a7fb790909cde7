// The parsed form of an expression over columns; private to expression*.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::metric {

enum class NodeKind {
  kNumber,
  kText,
  kColumn,
  kNegative,
  kNot,
  kAnd,
  kOr,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kEqual,
  kUnequal,
  kLess,
  kLessEqual,
  kMore,
  kMoreEqual,
  kCall,
  kAggregate
};

// What a name in front of a bracket stands for.
struct FunctionRow {
  std::string_view name;
  std::size_t least;
  std::size_t most;
  bool aggregate;  // over rows
  std::string_view help;
};

[[nodiscard]] const std::vector<FunctionRow>& expression_functions();

// Nodes lie in one vector; children are indices into it.
struct Node {
  NodeKind kind = NodeKind::kNumber;
  double number = 0;
  std::string text = {};  // a text, a column's or a function's name
  std::vector<std::size_t> children = {};
  std::size_t at = 0;         // place in the source
  std::size_t aggregate = 0;  // kAggregate: which one, in order
};

}  // namespace fettle::metric
