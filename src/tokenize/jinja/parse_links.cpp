// What follows a primary expression: attributes, subscripts, calls, filters and tests.
#include "base/format.h"
#include "tokenize/jinja/filters.h"
#include "tokenize/jinja/parser.h"
#include "tokenize/jinja/tests.h"

namespace fettle::tokenize::jinja {

void Parser::add_link(Expr& base, Link link) {
  if (!std::holds_alternative<ChainExpr>(base.node)) {
    const std::size_t line = base.line;
    Expr chain{line, ChainExpr{boxed(std::move(base)), {}}};
    base = std::move(chain);
  }
  std::get<ChainExpr>(base.node).links.push_back(std::move(link));
}

void Parser::parse_postfix(Expr& base) {
  while (true) {
    if (now().is_op(".")) {
      add_link(base, parse_attribute());
    } else if (now().is_op("[")) {
      add_link(base, parse_subscript());
    } else if (now().is_op("(")) {
      const std::size_t line = now().line;
      add_link(base, Link{line, CallLink{parse_arguments()}});
    } else {
      return;
    }
  }
}

void Parser::parse_filters(Expr& base) {
  while (true) {
    if (now().is_op("|")) {
      next();
      add_link(base, parse_filter());
    } else if (now().is_name("is")) {
      add_link(base, parse_test());
    } else if (now().is_op("(")) {
      const std::size_t line = now().line;
      add_link(base, Link{line, CallLink{parse_arguments()}});
    } else {
      return;
    }
  }
}

Link Parser::parse_attribute() {
  const std::size_t line = next().line;
  const Token& token = now();
  if (token.is(TokenKind::kInteger)) {
    next();
    return Link{line, ItemLink{boxed(Expr{line, ConstantExpr{Value::integer(token.integer)}})}};
  }
  if (!token.is(TokenKind::kName)) fail_unexpected("a name or a number after '.'");
  if (token.text.starts_with("__")) {
    fail(
        text("the attribute '{}' is refused: names with two leading underscores are Python's "
             "internals; remove it",
             token.text));
  }
  next();
  return Link{line, AttributeLink{make_string(nullptr, token.text)}};
}

Link Parser::parse_subscript() {
  const std::size_t line = next().line;
  TupleExpr keys;
  bool comma = false;
  while (!now().is_op("]")) {
    keys.items.push_back(parse_subscribed());
    if (!skip_op(",")) break;
    comma = true;
  }
  if (comma && now().is_op("]")) fail_unexpected("an expression");
  expect_op("]");
  if (keys.items.size() == 1) return Link{line, ItemLink{boxed(std::move(keys.items.front()))}};
  return Link{line, ItemLink{boxed(Expr{line, std::move(keys)})}};
}

Expr Parser::parse_subscribed() {
  const std::size_t line = now().line;
  SliceExpr slice;
  if (!now().is_op(":")) {
    Expr first = parse_expression();
    if (!now().is_op(":")) return first;
    slice.start = boxed(std::move(first));
  }
  next();
  const auto at_end = [this] { return now().is_op("]") || now().is_op(","); };
  if (!now().is_op(":") && !at_end()) slice.stop = boxed(parse_expression());
  if (skip_op(":") && !at_end()) slice.step = boxed(parse_expression());
  return Expr{line, std::move(slice)};
}

std::string Parser::parse_dotted_name() {
  std::string name = expect_name();
  while (skip_op(".")) name += "." + expect_name();
  return name;
}

Link Parser::parse_filter() {
  const std::size_t line = now().line;
  FilterLink filter;
  filter.name = parse_dotted_name();
  const bool known =
      find_filter(filter.name) != nullptr ||
      (layout_ == Layout::kPlain && find_row(task_filters(), filter.name) != nullptr);
  check_known("filter", filter.name, known);
  if (now().is_op("(")) filter.arguments = parse_arguments();
  return Link{line, std::move(filter)};
}

Link Parser::parse_test() {
  const std::size_t line = next().line;
  TestLink test;
  test.negated = skip_name("not");
  test.name = parse_dotted_name();
  check_known("test", test.name, find_test(test.name) != nullptr);
  const Token& token = now();
  if (token.is_op("(")) {
    test.arguments = parse_arguments();
  } else if (token.is(TokenKind::kString) || token.is(TokenKind::kInteger) ||
             token.is(TokenKind::kFloat) || token.is_op("[") || token.is_op("{") ||
             (token.is(TokenKind::kName) && !token.is_name("else") && !token.is_name("or") &&
              !token.is_name("and"))) {
    if (token.is_name("is")) fail("tests cannot be chained with 'is'; use 'and'");
    Expr argument = parse_primary();
    parse_postfix(argument);
    test.arguments.positional.push_back(std::move(argument));
  }
  return Link{line, std::move(test)};
}

CallArguments Parser::parse_arguments() {
  const Nest nest(*this);
  expect_op("(");
  CallArguments arguments;
  while (!now().is_op(")")) {
    parse_argument(arguments);
    if (!skip_op(",")) break;
  }
  expect_op(")");
  return arguments;
}

void Parser::parse_argument(CallArguments& arguments) {
  const auto refuse_if = [this](bool wrong) {
    if (wrong) fail("invalid order of arguments; write positional ones first, then named ones");
  };
  if (skip_op("*")) {
    refuse_if(arguments.rest != nullptr || arguments.named_rest != nullptr);
    arguments.rest = boxed(parse_expression());
  } else if (skip_op("**")) {
    refuse_if(arguments.named_rest != nullptr);
    arguments.named_rest = boxed(parse_expression());
  } else if (now().is(TokenKind::kName) && after().is_op("=")) {
    refuse_if(arguments.named_rest != nullptr);
    std::string name = next().text;
    next();
    for (const auto& [other, value] : arguments.named) {
      if (other == name) fail(text("the argument '{}' is given twice", name));
    }
    arguments.named.push_back({std::move(name), parse_expression()});
  } else {
    refuse_if(arguments.rest != nullptr || arguments.named_rest != nullptr ||
              !arguments.named.empty());
    arguments.positional.push_back(parse_expression());
  }
}

}  // namespace fettle::tokenize::jinja
