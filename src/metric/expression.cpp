#include "metric/expression.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <variant>

#include "base/error.h"
#include "metric/expression_parse.h"
#include "metric/extract.h"
#include "metric/missing.h"
#include "metric/pattern.h"
#include "metric/unicode.h"
#include "metric/words.h"

namespace fettle::metric {
namespace {

constexpr std::size_t kMaxText = std::size_t{16} << 20;

using Value = std::variant<double, std::string>;

double compared(NodeKind kind, const auto& a, const auto& b) {
  switch (kind) {
    case NodeKind::kEqual:
      return a == b ? 1 : 0;
    case NodeKind::kUnequal:
      return a != b ? 1 : 0;
    case NodeKind::kLess:
      return a < b ? 1 : 0;
    case NodeKind::kLessEqual:
      return a <= b ? 1 : 0;
    case NodeKind::kMore:
      return a > b ? 1 : 0;
    default:
      return a >= b ? 1 : 0;
  }
}

double calculated(NodeKind kind, double a, double b) {
  switch (kind) {
    case NodeKind::kAdd:
      return a + b;
    case NodeKind::kSubtract:
      return a - b;
    case NodeKind::kMultiply:
      return a * b;
    case NodeKind::kDivide:
      return b == 0 ? kNaN : a / b;
    default:
      return b == 0 ? kNaN : std::fmod(a, b);
  }
}

// Regular expressions are compiled once.
using Patterns = std::unordered_map<std::string, Pattern>;

class Evaluator {
 public:
  Evaluator(const std::vector<Node>& nodes, Patterns& patterns)
      : nodes_(nodes), patterns_(patterns) {}

  const Json* row = nullptr;  // nullptr: above the rows
  std::size_t row_number = 0;
  std::span<const double> aggregates;

  double number(std::size_t at) {
    const Value value = evaluate(at);
    if (const double* found = std::get_if<double>(&value)) return *found;
    fail(at, "is a text; a number was expected");
  }

  Value evaluate(std::size_t at) {
    const Node& node = nodes_[at];
    switch (node.kind) {
      case NodeKind::kNumber:
        return node.number;
      case NodeKind::kText:
        return node.text;
      case NodeKind::kColumn:
        return column(at);
      case NodeKind::kAggregate:
        return aggregates[node.aggregate];
      case NodeKind::kNegative:
        return -number(node.children[0]);
      case NodeKind::kNot:
        return number(node.children[0]) == 0 ? 1.0 : 0.0;
      case NodeKind::kAnd:
        return number(node.children[0]) != 0 && number(node.children[1]) != 0 ? 1.0 : 0.0;
      case NodeKind::kOr:
        return number(node.children[0]) != 0 || number(node.children[1]) != 0 ? 1.0 : 0.0;
      case NodeKind::kCall:
        return call(at);
      default:
        return binary(at);
    }
  }

 private:
  [[noreturn]] void fail(std::size_t at, std::string_view what) const {
    const std::string where = row == nullptr ? "" : text("row {}: ", row_number + 1);
    const Node& node = nodes_[at];
    throw DataError("expression: {}{} {}", where,
                    node.text.empty() ? text("the part before character {}", node.at + 1)
                                      : "\"" + node.text.substr(0, 60) + "\"",
                    what);
  }

  Value column(std::size_t at) const {
    const Node& node = nodes_[at];
    if (row == nullptr) fail(at, "is a column; mean(), sum() or share() was expected around it");
    const Json* found = find(*row, node.text);
    if (found == nullptr) fail(at, "is no column of the row");
    if (found->is_boolean()) return found->get<bool>() ? 1.0 : 0.0;
    if (found->is_number()) return found->get<double>();
    if (found->is_string()) return found->get<std::string>();
    fail(at, "is neither a text nor a number");
  }

  std::string words(std::size_t at) {
    Value value = evaluate(at);
    std::string* found = std::get_if<std::string>(&value);
    if (found == nullptr) fail(at, "is a number; a text was expected");
    if (found->size() > kMaxText)
      fail(at, text("has {} bytes; allowed: {}", found->size(), kMaxText));
    return std::move(*found);
  }

  Value binary(std::size_t at) {
    const Node& node = nodes_[at];
    const Value a = evaluate(node.children[0]);
    const Value b = evaluate(node.children[1]);
    if (a.index() != b.index()) fail(at, "joins a text and a number; two of a kind were expected");
    const bool arithmetic = node.kind >= NodeKind::kAdd && node.kind <= NodeKind::kRemainder;
    if (const std::string* first = std::get_if<std::string>(&a)) {
      if (arithmetic) fail(at, "calculates with texts; numbers were expected");
      return compared(node.kind, *first, std::get<std::string>(b));
    }
    const double first = std::get<double>(a);
    const double second = std::get<double>(b);
    return arithmetic ? calculated(node.kind, first, second) : compared(node.kind, first, second);
  }

  double found_in(std::size_t at) {
    const Node& node = nodes_[at];
    const std::string expression = words(node.children[1]);
    auto known = patterns_.find(expression);
    if (known == patterns_.end()) {
      if (patterns_.size() >= 1000) fail(at, "uses more than 1000 regular expressions");
      Result<Pattern> made = Pattern::compile(expression);
      if (!made) fail(at, made.error().message());
      known = patterns_.emplace(expression, std::move(*made)).first;
    }
    const Result<bool> found = known->second.matches(words(node.children[0]));
    if (!found) fail(at, found.error().message());
    return *found ? 1 : 0;
  }

  double of_two_texts(std::size_t at) {
    const Node& node = nodes_[at];
    if (node.text == "regex") return found_in(at);
    const std::string whole = words(node.children[0]);
    const std::string part = words(node.children[1]);
    if (node.text == "contains") return whole.find(part) != std::string::npos ? 1 : 0;
    return (node.text == "starts_with" ? whole.starts_with(part) : whole.ends_with(part)) ? 1 : 0;
  }

  double of_text(const Node& node) {
    const std::string whole = words(node.children[0]);
    if (node.text == "number") {
      const auto found = gsm8k_answer(whole);
      return found ? std::strtod(found->c_str(), nullptr) : kNaN;
    }
    const Points points = code_points(whole);
    return static_cast<double>(node.text == "len" ? points.size() : split(points).size());
  }

  double of_numbers(const Node& node) {
    const double first = number(node.children[0]);
    if (node.text == "abs") return std::abs(first);
    if (node.text == "log") return std::log(first);
    if (node.text == "exp") return std::exp(first);
    if (node.text == "sqrt") return std::sqrt(first);
    double best = first;
    for (const std::size_t child : node.children) {
      const double value = number(child);
      best = node.text == "min" ? std::min(best, value) : std::max(best, value);
    }
    return best;
  }

  Value call(std::size_t at) {
    const Node& node = nodes_[at];
    const std::string& name = node.text;
    if (name == "if") return evaluate(node.children[number(node.children[0]) != 0 ? 1 : 2]);
    if (name == "lower") return utf8(lower(code_points(words(node.children[0]))));
    if (name == "strip") return utf8(stripped(code_points(words(node.children[0]))));
    if (name == "len" || name == "words" || name == "number") return of_text(node);
    if (name == "contains" || name == "regex" || name.ends_with("_with")) return of_two_texts(at);
    return of_numbers(node);
  }

  const std::vector<Node>& nodes_;
  Patterns& patterns_;
};

}  // namespace

Expression::Expression(std::string_view source) : source_(source) {
  Parsed parsed = parse_expression(source);
  nodes_ = std::move(parsed.nodes);
  root_ = parsed.root;
  aggregates_ = std::move(parsed.aggregates);
  if (aggregates_.empty()) {
    nodes_.push_back({.kind = NodeKind::kAggregate, .text = "mean", .children = {root_}});
    root_ = nodes_.size() - 1;
    aggregates_ = {root_};
  }
}

std::vector<std::string> Expression::columns() const {
  std::vector<std::string> out;
  for (const Node& node : nodes_) {
    if (node.kind == NodeKind::kColumn) out.push_back(node.text);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Prepared Expression::prepare(std::span<const Json> rows) const {
  if (rows.empty()) throw DataError("expression: there are no rows; give at least one");
  Prepared out{
      .rows = rows.size(), .signature = "expression:" + source_, .width = 1 + aggregates_.size()};
  Patterns patterns;
  Evaluator evaluator(nodes_, patterns);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    evaluator.row = &rows[i];
    evaluator.row_number = i;
    out.statistics.push_back(1);
    for (const std::size_t aggregate : aggregates_) {
      const Node& node = nodes_[aggregate];
      double value = node.children.empty() ? 1 : evaluator.number(node.children[0]);
      if (node.text == "share" || node.text == "count") value = value != 0 ? 1 : 0;
      out.statistics.push_back(value);
    }
  }
  out.finish = [nodes = nodes_, root = root_,
                aggregates = aggregates_](std::span<const double> sums) {
    std::vector<double> values;
    for (std::size_t k = 0; k < aggregates.size(); ++k) {
      const std::string& name = nodes[aggregates[k]].text;
      values.push_back(name == "mean" || name == "share" ? sums[k + 1] / sums[0] : sums[k + 1]);
    }
    Patterns none;
    Evaluator above(nodes, none);
    above.aggregates = values;
    return above.number(root);
  };
  // What stands above the rows fails now rather than in every draw.
  static_cast<void>(out.figure());
  return out;
}

}  // namespace fettle::metric
