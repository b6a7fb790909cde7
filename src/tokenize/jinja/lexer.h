// A template's source as tokens: jinja2's lexer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fettle::tokenize::jinja {

enum class TokenKind {
  kData,
  kVariableBegin,
  kVariableEnd,
  kBlockBegin,
  kBlockEnd,
  kName,
  kString,
  kInteger,
  kFloat,
  kOperator,
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::size_t line = 0;
  std::string text;  // data, name, operator; a string's value without quotes and escapes
  std::int64_t integer = 0;
  double real = 0.0;

  [[nodiscard]] bool is(TokenKind wanted) const noexcept { return kind == wanted; }
  [[nodiscard]] bool is_op(std::string_view op) const noexcept {
    return kind == TokenKind::kOperator && text == op;
  }
  [[nodiscard]] bool is_name(std::string_view name) const noexcept {
    return kind == TokenKind::kName && text == name;
  }
};

// What becomes of white space around tags. kChat: trim_blocks and lstrip_blocks, as transformers
// renders chat templates; kPlain: all of it stays, with keep_trailing_newline.
enum class Layout { kChat, kPlain };

// Throws Failure with the line; source must be UTF-8. The last token is kEnd.
[[nodiscard]] std::vector<Token> tokenize_source(std::string_view source,
                                                 Layout layout = Layout::kChat);

// A string literal's body with Python's escapes resolved (\n, \x41, \u00e9, ...).
[[nodiscard]] std::string unescape(std::string_view body, std::size_t line);

}  // namespace fettle::tokenize::jinja
