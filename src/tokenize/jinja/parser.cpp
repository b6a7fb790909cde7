#include "tokenize/jinja/parser.h"

#include "base/format.h"

namespace fettle::tokenize::jinja {
namespace {

std::string describe_token(const Token& token) {
  switch (token.kind) {
    case TokenKind::kData:
      return "text";
    case TokenKind::kVariableBegin:
      return "{{";
    case TokenKind::kVariableEnd:
      return "}}";
    case TokenKind::kBlockBegin:
      return "{%";
    case TokenKind::kBlockEnd:
      return "%}";
    case TokenKind::kEnd:
      return "the end of the template";
    case TokenKind::kString:
      return "a string";
    default:
      return "'" + token.text + "'";
  }
}

}  // namespace

Parser::Parser(std::string_view source, std::size_t max_depth, Layout layout)
    : layout_(layout), tokens_(tokenize_source(source, layout)), max_depth_(max_depth) {}

Tree Parser::run() {
  tree_.loop = symbol("loop");
  tree_.caller = symbol("caller");
  tree_.varargs = symbol("varargs");
  tree_.kwargs = symbol("kwargs");
  tree_.body = parse_body({});
  if (!unknown_.empty()) fail(unknown_.front());
  return std::move(tree_);
}

Parser::Nest::Nest(Parser& parser) : parser_(parser) {
  if (parser_.depth_ >= parser_.max_depth_) {
    parser_.fail(text("expressions and blocks are nested deeper than {} levels; flatten them",
                      parser_.max_depth_));
  }
  ++parser_.depth_;
}

const Token& Parser::after() const {
  return at_ + 1 < tokens_.size() ? tokens_[at_ + 1] : tokens_[at_];
}

const Token& Parser::next() {
  const Token& token = tokens_[at_];
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool Parser::skip_op(std::string_view op) {
  if (!now().is_op(op)) return false;
  next();
  return true;
}

bool Parser::skip_name(std::string_view name) {
  if (!now().is_name(name)) return false;
  next();
  return true;
}

void Parser::expect_op(std::string_view op) {
  if (!skip_op(op)) fail_unexpected(text("'{}'", op));
}

std::string Parser::expect_name() {
  if (!now().is(TokenKind::kName)) fail_unexpected("a name");
  return next().text;
}

void Parser::fail(const std::string& what) const { throw Failure(what, now().line); }

void Parser::fail_unexpected(std::string_view wanted) const {
  fail(text("expected {}, got {}", wanted, describe_token(now())));
}

Symbol Parser::symbol(const std::string& name) {
  const auto [at, added] = symbols_.emplace(name, static_cast<Symbol>(tree_.names.size()));
  if (added) tree_.names.push_back(name);
  return at->second;
}

void Parser::check_known(std::string_view kind, const std::string& name, bool known) {
  if (known || lenient_) return;
  unknown_.push_back(text("no {} is named '{}'", kind, name));
}

}  // namespace fettle::tokenize::jinja
