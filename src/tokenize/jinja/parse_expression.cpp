#include <array>

#include "base/format.h"
#include "tokenize/jinja/parser.h"

namespace fettle::tokenize::jinja {

Expr Parser::parse_expression(bool with_conditional) {
  const Nest nest(*this);
  return with_conditional ? parse_conditional() : parse_or();
}

Expr Parser::parse_conditional() {
  const std::size_t line = now().line;
  const std::size_t unknown = unknown_.size();
  Expr result = parse_or();
  while (skip_name("if")) {
    ConditionalExpr node;
    node.test = boxed(parse_or());
    if (skip_name("else")) node.otherwise = boxed(parse_expression());
    node.then = boxed(std::move(result));
    result = Expr{line, std::move(node)};
    unknown_.resize(unknown);
  }
  return result;
}

Expr Parser::parse_or() {
  const std::size_t line = now().line;
  Expr first = parse_and();
  if (!now().is_name("or")) return first;
  LogicExpr node{false, {}};
  node.parts.push_back(std::move(first));
  while (skip_name("or")) node.parts.push_back(parse_and());
  return Expr{line, std::move(node)};
}

Expr Parser::parse_and() {
  const std::size_t line = now().line;
  Expr first = parse_not();
  if (!now().is_name("and")) return first;
  LogicExpr node{true, {}};
  node.parts.push_back(std::move(first));
  while (skip_name("and")) node.parts.push_back(parse_not());
  return Expr{line, std::move(node)};
}

Expr Parser::parse_not() {
  if (!now().is_name("not")) return parse_compare();
  const Nest nest(*this);
  const std::size_t line = next().line;
  return Expr{line, UnaryExpr{UnaryOperator::kNot, boxed(parse_not())}};
}

Expr Parser::parse_compare() {
  constexpr std::array<std::pair<std::string_view, Comparison>, 6> kOperators = {
      {{"==", Comparison::kEq},
       {"!=", Comparison::kNe},
       {"<", Comparison::kLt},
       {"<=", Comparison::kLe},
       {">", Comparison::kGt},
       {">=", Comparison::kGe}}};
  const std::size_t line = now().line;
  Expr first = parse_sum();
  std::vector<Compared> rest;
  while (true) {
    const std::size_t before = rest.size();
    for (const auto& [op, comparison] : kOperators) {
      if (skip_op(op)) {
        rest.push_back({comparison, parse_sum()});
        break;
      }
    }
    if (rest.size() > before) continue;
    if (skip_name("in")) {
      rest.push_back({Comparison::kIn, parse_sum()});
    } else if (now().is_name("not") && after().is_name("in")) {
      next();
      next();
      rest.push_back({Comparison::kNotIn, parse_sum()});
    } else {
      break;
    }
  }
  if (rest.empty()) return first;
  return Expr{line, CompareExpr{boxed(std::move(first)), std::move(rest)}};
}

Expr Parser::parse_sum() {
  const std::size_t line = now().line;
  Expr first = parse_concat();
  std::vector<Operand> rest;
  while (now().is_op("+") || now().is_op("-")) {
    const Operator op = next().text == "+" ? Operator::kAdd : Operator::kSub;
    rest.push_back({op, parse_concat()});
  }
  if (rest.empty()) return first;
  return Expr{line, ArithmeticExpr{boxed(std::move(first)), std::move(rest)}};
}

Expr Parser::parse_concat() {
  const std::size_t line = now().line;
  Expr first = parse_product();
  if (!now().is_op("~")) return first;
  ConcatExpr node;
  node.parts.push_back(std::move(first));
  while (skip_op("~")) node.parts.push_back(parse_product());
  return Expr{line, std::move(node)};
}

Expr Parser::parse_product() {
  const std::size_t line = now().line;
  Expr first = parse_power();
  std::vector<Operand> rest;
  while (now().is_op("*") || now().is_op("/") || now().is_op("//") || now().is_op("%")) {
    const std::string& sign = next().text;
    const Operator op = sign == "*"    ? Operator::kMul
                        : sign == "/"  ? Operator::kDiv
                        : sign == "//" ? Operator::kFloorDiv
                                       : Operator::kMod;
    rest.push_back({op, parse_power()});
  }
  if (rest.empty()) return first;
  return Expr{line, ArithmeticExpr{boxed(std::move(first)), std::move(rest)}};
}

Expr Parser::parse_power() {
  const std::size_t line = now().line;
  Expr first = parse_unary();
  std::vector<Operand> rest;
  while (skip_op("**")) rest.push_back({Operator::kPow, parse_unary()});
  if (rest.empty()) return first;
  return Expr{line, ArithmeticExpr{boxed(std::move(first)), std::move(rest)}};
}

Expr Parser::parse_unary(bool with_filter) {
  const std::size_t line = now().line;
  Expr result;
  if (now().is_op("-") || now().is_op("+")) {
    const Nest nest(*this);
    const UnaryOperator op = next().text == "-" ? UnaryOperator::kMinus : UnaryOperator::kPlus;
    result = Expr{line, UnaryExpr{op, boxed(parse_unary(false))}};
  } else {
    result = parse_primary();
  }
  parse_postfix(result);
  if (with_filter) parse_filters(result);
  return result;
}

Expr Parser::parse_primary() {
  const Token& token = now();
  const std::size_t line = token.line;
  switch (token.kind) {
    case TokenKind::kName:
      return parse_name();
    case TokenKind::kString: {
      std::string joined = next().text;
      while (now().is(TokenKind::kString)) joined += next().text;
      return Expr{line, ConstantExpr{make_string(nullptr, std::move(joined))}};
    }
    case TokenKind::kInteger:
      return Expr{line, ConstantExpr{Value::integer(next().integer)}};
    case TokenKind::kFloat:
      return Expr{line, ConstantExpr{Value::real(next().real)}};
    default:
      break;
  }
  if (token.is_op("(")) {
    next();
    Expr inner = parse_tuple(true, {}, true);
    expect_op(")");
    return inner;
  }
  if (token.is_op("[")) return parse_list();
  if (token.is_op("{")) return parse_dict();
  fail_unexpected("an expression");
}

Expr Parser::parse_name() {
  const Token& token = next();
  const std::string& name = token.text;
  if (name == "true" || name == "True") return Expr{token.line, ConstantExpr{Value::boolean(true)}};
  if (name == "false" || name == "False") {
    return Expr{token.line, ConstantExpr{Value::boolean(false)}};
  }
  if (name == "none" || name == "None") return Expr{token.line, ConstantExpr{Value::none()}};
  if (name.starts_with("__")) {
    throw Failure(text("the name '{}' is refused: names with two leading underscores are Python's "
                       "internals; rename it",
                       name),
                  token.line);
  }
  for (Function& function : functions_) {
    function.caller |= name == "caller";
    function.varargs |= name == "varargs";
    function.kwargs |= name == "kwargs";
  }
  return Expr{token.line, NameExpr{symbol(name)}};
}

bool Parser::at_tuple_end(std::string_view end_name) const {
  return now().is(TokenKind::kVariableEnd) || now().is(TokenKind::kBlockEnd) || now().is_op(")") ||
         (!end_name.empty() && now().is_name(end_name));
}

Expr Parser::parse_tuple(bool with_conditional, std::string_view end_name, bool in_parentheses) {
  const std::size_t line = now().line;
  TupleExpr tuple;
  bool is_tuple = false;
  while (!at_tuple_end(end_name)) {
    tuple.items.push_back(parse_expression(with_conditional));
    if (!skip_op(",")) break;
    is_tuple = true;
  }
  if (!is_tuple && !tuple.items.empty()) return std::move(tuple.items.front());
  if (!is_tuple && !in_parentheses) fail_unexpected("an expression");
  return Expr{line, std::move(tuple)};
}

Expr Parser::parse_list() {
  const std::size_t line = next().line;
  ListExpr list;
  while (!now().is_op("]")) {
    list.items.push_back(parse_expression());
    if (!skip_op(",")) break;
  }
  expect_op("]");
  return Expr{line, std::move(list)};
}

Expr Parser::parse_dict() {
  const std::size_t line = next().line;
  DictExpr dict;
  while (!now().is_op("}")) {
    Expr key = parse_expression();
    expect_op(":");
    Expr value = parse_expression();
    dict.items.push_back({std::move(key), std::move(value)});
    if (!skip_op(",")) break;
  }
  expect_op("}");
  return Expr{line, std::move(dict)};
}

}  // namespace fettle::tokenize::jinja
