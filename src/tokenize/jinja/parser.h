// From tokens to the tree: jinja2's grammar with the loopcontrols and generation extensions.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tokenize/jinja/ast.h"
#include "tokenize/jinja/lexer.h"

namespace fettle::tokenize::jinja {

class Parser {
 public:
  Parser(std::string_view source, std::size_t max_depth, Layout layout = Layout::kChat);
  // Throws Failure with the line.
  [[nodiscard]] Tree run();

 private:
  class Nest;  // one level of nesting, refused past max_depth
  // The functions of Python that jinja2 would make; break and continue do not leave them.
  struct Function {
    bool caller = false, varargs = false, kwargs = false;
    int loops = 0;
  };

  // parser.cpp: tokens and names
  [[nodiscard]] const Token& now() const { return tokens_[at_]; }
  [[nodiscard]] const Token& after() const;
  const Token& next();
  bool skip_op(std::string_view op);
  bool skip_name(std::string_view name);
  void expect_op(std::string_view op);
  std::string expect_name();
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail_unexpected(std::string_view wanted) const;
  Symbol symbol(const std::string& name);
  void check_known(std::string_view kind, const std::string& name, bool known);

  // parse_expression.cpp
  Expr parse_expression(bool with_conditional = true);
  Expr parse_conditional();
  Expr parse_or();
  Expr parse_and();
  Expr parse_not();
  Expr parse_compare();
  Expr parse_sum();
  Expr parse_concat();
  Expr parse_product();
  Expr parse_power();
  Expr parse_unary(bool with_filter = true);
  Expr parse_primary();
  Expr parse_name();
  Expr parse_list();
  Expr parse_dict();
  // An expression, or a tuple without parentheses.
  Expr parse_tuple(bool with_conditional, std::string_view end_name, bool in_parentheses);
  [[nodiscard]] bool at_tuple_end(std::string_view end_name) const;

  // parse_links.cpp
  void parse_postfix(Expr& base);
  void parse_filters(Expr& base);
  void add_link(Expr& base, Link link);
  Link parse_attribute();
  Link parse_subscript();
  Expr parse_subscribed();
  Link parse_filter();
  Link parse_test();
  std::string parse_dotted_name();
  CallArguments parse_arguments();
  void parse_argument(CallArguments& arguments);

  // parse_statement.cpp
  Block parse_block(std::initializer_list<std::string_view> ends);
  Block parse_body(std::initializer_list<std::string_view> ends);
  Statement parse_statement();
  Target parse_target(std::string_view end_name, bool with_attributes);
  Target parse_single_target(bool with_attributes);
  Statement parse_for();
  Statement parse_if();
  Statement parse_set();
  Statement parse_print();
  Statement parse_with();
  Statement parse_loop_control();

  // parse_macro.cpp
  Statement parse_macro();
  Statement parse_call_block();
  Statement parse_filter_block();
  Statement parse_named_block();
  Statement parse_generation();
  std::vector<Link> parse_filter_chain();
  void parse_signature(MacroBody& macro);
  Block parse_function(MacroBody& macro, std::string_view end);

  Layout layout_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t max_depth_;
  Tree tree_;
  std::unordered_map<std::string, Symbol> symbols_;
  std::vector<Function> functions_{1};
  // Filters and tests that do not exist stop the parser, except where jinja2 waits until they are
  // used: directly inside if, and in inline ifs.
  bool lenient_ = false;
  std::vector<std::string> unknown_;
};

class Parser::Nest {
 public:
  explicit Nest(Parser& parser);
  ~Nest() { --parser_.depth_; }
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;

 private:
  Parser& parser_;
};

// Shorthands of the parser's files.
[[nodiscard]] inline ExprPtr boxed(Expr expr) { return std::make_unique<Expr>(std::move(expr)); }

}  // namespace fettle::tokenize::jinja
