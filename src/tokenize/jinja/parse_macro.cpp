// Statements whose bodies become functions: macro, call, filter, block, generation.
#include <algorithm>

#include "base/format.h"
#include "tokenize/jinja/parser.h"

namespace fettle::tokenize::jinja {

void Parser::parse_signature(MacroBody& macro) {
  expect_op("(");
  while (!now().is_op(")")) {
    if (!macro.parameters.empty()) expect_op(",");
    const Target target = parse_single_target(false);
    if (target.is_tuple) fail("a macro's parameters are names");
    if (std::ranges::find(macro.parameters, target.symbol) != macro.parameters.end()) {
      fail(text("the parameter '{}' stands twice", tree_.names[target.symbol]));
    }
    macro.parameters.push_back(target.symbol);
    if (skip_op("=")) {
      macro.defaults.push_back(parse_expression());
    } else if (!macro.defaults.empty()) {
      fail("a parameter without a default follows one with a default; give it one");
    }
  }
  expect_op(")");
}

Block Parser::parse_function(MacroBody& macro, std::string_view end) {
  const bool lenient = std::exchange(lenient_, false);
  functions_.emplace_back();
  Block body = parse_block({end});
  next();
  macro.uses_caller = functions_.back().caller;
  macro.uses_varargs = functions_.back().varargs;
  macro.uses_kwargs = functions_.back().kwargs;
  functions_.pop_back();
  lenient_ = lenient;
  return body;
}

Statement Parser::parse_macro() {
  next();
  MacroStatement node;
  node.macro.name = expect_name();
  node.symbol = symbol(node.macro.name);
  parse_signature(node.macro);
  node.macro.body = parse_function(node.macro, "endmacro");
  return Statement{0, std::move(node)};
}

Statement Parser::parse_call_block() {
  next();
  CallStatement node;
  if (now().is_op("(")) parse_signature(node.caller);
  node.call = parse_expression();
  const auto* chain = std::get_if<ChainExpr>(&node.call.node);
  if (chain == nullptr || !std::holds_alternative<CallLink>(chain->links.back().node)) {
    fail("a call block wants a call, as in {% call name() %}");
  }
  node.caller.name = "caller";
  node.caller.body = parse_function(node.caller, "endcall");
  return Statement{0, std::move(node)};
}

std::vector<Link> Parser::parse_filter_chain() {
  std::vector<Link> filters;
  filters.push_back(parse_filter());
  while (skip_op("|")) filters.push_back(parse_filter());
  return filters;
}

Statement Parser::parse_filter_block() {
  next();
  const bool lenient = std::exchange(lenient_, false);
  FilterStatement node;
  node.filters = parse_filter_chain();
  node.body = parse_block({"endfilter"});
  next();
  lenient_ = lenient;
  return Statement{0, std::move(node)};
}

Statement Parser::parse_named_block() {
  next();
  const std::string name = expect_name();
  while (skip_name("scoped") || skip_name("required")) {
  }
  MacroBody unused;
  BlockStatement node{parse_function(unused, "endblock")};
  skip_name(name);
  return Statement{0, std::move(node)};
}

Statement Parser::parse_generation() {
  next();
  MacroBody unused;
  return Statement{0, GenerationStatement{parse_function(unused, "endgeneration")}};
}

}  // namespace fettle::tokenize::jinja
