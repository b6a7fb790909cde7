#include <array>

#include "base/format.h"
#include "tokenize/jinja/parser.h"

namespace fettle::tokenize::jinja {

// The statements up to one of the end tags, whose name is then the current token.
Block Parser::parse_body(std::initializer_list<std::string_view> ends) {
  Block body;
  while (!now().is(TokenKind::kEnd)) {
    const std::size_t line = now().line;
    if (now().is(TokenKind::kData)) {
      body.push_back(Statement{line, TextStatement{next().text}});
    } else if (now().is(TokenKind::kVariableBegin)) {
      next();
      body.push_back(Statement{line, PrintStatement{parse_tuple(true, {}, false)}});
      if (!now().is(TokenKind::kVariableEnd)) fail_unexpected("}}");
      next();
    } else {
      next();
      for (const std::string_view end : ends) {
        if (now().is_name(end)) return body;
      }
      body.push_back(parse_statement());
      if (!now().is(TokenKind::kBlockEnd)) fail_unexpected("%}");
      next();
    }
  }
  if (ends.size() != 0) {
    fail(text("the template ends where {{% {} %}} is missing", *std::rbegin(ends)));
  }
  return body;
}

// A statement's body, from the end of its opening tag; stops at the end tag's name.
Block Parser::parse_block(std::initializer_list<std::string_view> ends) {
  const Nest nest(*this);
  skip_op(":");
  if (!now().is(TokenKind::kBlockEnd)) fail_unexpected("%}");
  next();
  return parse_body(ends);
}

Statement Parser::parse_statement() {
  using Parse = Statement (Parser::*)();
  struct Tag {
    std::string_view name;
    Parse parse;
  };
  static constexpr std::array<Tag, 12> kTags = {{{"for", &Parser::parse_for},
                                                 {"if", &Parser::parse_if},
                                                 {"set", &Parser::parse_set},
                                                 {"print", &Parser::parse_print},
                                                 {"with", &Parser::parse_with},
                                                 {"macro", &Parser::parse_macro},
                                                 {"call", &Parser::parse_call_block},
                                                 {"filter", &Parser::parse_filter_block},
                                                 {"block", &Parser::parse_named_block},
                                                 {"generation", &Parser::parse_generation},
                                                 {"break", &Parser::parse_loop_control},
                                                 {"continue", &Parser::parse_loop_control}}};
  if (!now().is(TokenKind::kName)) fail_unexpected("the name of a tag");
  const std::string& name = now().text;
  for (const Tag& tag : kTags) {
    if (tag.name != name) continue;
    const std::size_t line = now().line;
    Statement statement = (this->*tag.parse)();
    statement.line = line;
    return statement;
  }
  if (name == "import" || name == "from" || name == "include" || name == "extends" ||
      name == "autoescape") {
    fail(
        text("{{% {} %}} is refused: a chat template stands alone; write its text into the "
             "template",
             name));
  }
  fail(text("unknown tag '{}'", name));
}

Target Parser::parse_single_target(bool with_attributes) {
  Target target;
  target.line = now().line;
  if (skip_op("(")) {
    const Nest nest(*this);
    target = parse_target({}, with_attributes);
    expect_op(")");
    return target;
  }
  const std::string name = expect_name();
  constexpr std::array<std::string_view, 6> kConstants = {"true",  "True", "false",
                                                          "False", "none", "None"};
  for (const std::string_view constant : kConstants) {
    if (name == constant) fail(text("cannot assign to '{}'", name));
  }
  if (name.starts_with("__")) fail(text("cannot assign to '{}': rename it", name));
  target.symbol = symbol(name);
  if (with_attributes && skip_op(".")) target.attribute = expect_name();
  return target;
}

Target Parser::parse_target(std::string_view end_name, bool with_attributes) {
  Target tuple;
  tuple.line = now().line;
  while (!at_tuple_end(end_name) && !now().is_op("=")) {
    tuple.items.push_back(parse_single_target(with_attributes));
    if (!skip_op(",")) break;
    tuple.is_tuple = true;
  }
  if (tuple.items.empty()) fail_unexpected("a name to assign to");
  if (!tuple.is_tuple) return std::move(tuple.items.front());
  return tuple;
}

Statement Parser::parse_for() {
  next();
  ForStatement node;
  node.target = parse_target("in", false);
  if (!skip_name("in")) fail_unexpected("'in'");
  node.sequence = parse_tuple(false, "recursive", false);
  if (skip_name("if")) node.test = boxed(parse_expression());
  node.recursive = skip_name("recursive");
  const bool lenient = std::exchange(lenient_, false);
  ++functions_.back().loops;
  node.body = parse_block({"else", "endfor"});
  --functions_.back().loops;
  if (next().text == "else") {
    node.otherwise = parse_block({"endfor"});
    next();
  }
  lenient_ = lenient;
  return Statement{0, std::move(node)};
}

Statement Parser::parse_if() {
  const bool lenient = std::exchange(lenient_, true);
  IfStatement node;
  while (true) {
    next();
    Expr test = parse_tuple(false, {}, false);
    Block body = parse_block({"elif", "else", "endif"});
    node.branches.push_back({std::move(test), std::move(body)});
    if (now().is_name("elif")) continue;
    if (next().text == "else") {
      node.otherwise = parse_block({"endif"});
      next();
    }
    break;
  }
  lenient_ = lenient;
  return Statement{0, std::move(node)};
}

Statement Parser::parse_set() {
  next();
  Target target = parse_target({}, true);
  if (skip_op("=")) {
    return Statement{0, SetStatement{std::move(target), parse_tuple(true, {}, false)}};
  }
  const bool lenient = std::exchange(lenient_, false);
  SetBlockStatement node;
  node.target = std::move(target);
  while (skip_op("|")) node.filters.push_back(parse_filter());
  node.body = parse_block({"endset"});
  next();
  lenient_ = lenient;
  return Statement{0, std::move(node)};
}

Statement Parser::parse_print() {
  next();
  ConcatExpr all;
  const std::size_t line = now().line;
  while (!now().is(TokenKind::kBlockEnd)) {
    if (!all.parts.empty()) expect_op(",");
    all.parts.push_back(parse_expression());
  }
  return Statement{0, PrintStatement{Expr{line, std::move(all)}}};
}

Statement Parser::parse_with() {
  next();
  const bool lenient = std::exchange(lenient_, false);
  WithStatement node;
  while (!now().is(TokenKind::kBlockEnd)) {
    if (!node.values.empty()) expect_op(",");
    Target target = parse_target({}, false);
    expect_op("=");
    Expr value = parse_expression();
    node.values.push_back({std::move(target), std::move(value)});
  }
  node.body = parse_block({"endwith"});
  next();
  lenient_ = lenient;
  return Statement{0, std::move(node)};
}

Statement Parser::parse_loop_control() {
  if (functions_.back().loops == 0) fail(text("'{}' stands outside of a loop", now().text));
  if (next().text == "break") return Statement{0, BreakStatement{}};
  return Statement{0, ContinueStatement{}};
}

}  // namespace fettle::tokenize::jinja
