#include "tokenize/jinja/lexer.h"

#include <optional>

#include "tokenize/jinja/cursor.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

std::string with_unix_newlines(std::string_view source, Layout layout) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      out += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    } else {
      out += source[i];
    }
  }
  if (layout == Layout::kChat && out.ends_with('\n')) out.pop_back();
  return out;
}

bool is_blank(std::string_view text) { return strip_left(text).empty(); }

class Lexer {
 public:
  Lexer(std::string_view source, Layout layout)
      : layout_(layout), cursor_(with_unix_newlines(source, layout), layout) {}

  std::vector<Token> run() {
    while (!cursor_.at_end()) lex_root();
    add(TokenKind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] const std::string& source() const { return cursor_.source(); }
  [[nodiscard]] std::size_t at() const { return cursor_.at(); }
  void add(TokenKind kind, std::string text) {
    tokens_.push_back(cursor_.token(kind, std::move(text)));
  }

  // Emits the data before a tag, which begins `length` bytes ahead and whose sign decides what
  // happens to the white space before it.
  void emit_data(std::size_t length, char sign, bool is_variable) {
    std::string_view data = cursor_.rest().substr(0, length);
    if (sign == '-') {
      data = strip_right(data);
    } else if (sign != '+' && !is_variable && layout_ == Layout::kChat) {
      const std::size_t newline = data.rfind('\n');
      const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
      if ((begin > 0 || cursor_.line_starting()) && is_blank(data.substr(begin))) {
        data = data.substr(0, begin);
      }
    }
    if (!data.empty()) add(TokenKind::kData, std::string(data));
    cursor_.advance(length);
  }

  void lex_root() {
    std::size_t tag = at();
    while (true) {
      tag = source().find('{', tag);
      if (tag == std::string::npos || tag + 1 >= source().size()) {
        add(TokenKind::kData, std::string(cursor_.rest()));
        cursor_.advance(cursor_.rest().size());
        return;
      }
      const char next = source()[tag + 1];
      if (next == '{' || next == '%' || next == '#') break;
      ++tag;
    }
    const char kind = source()[tag + 1];
    char sign = tag + 2 < source().size() ? source()[tag + 2] : '\0';
    if (sign != '-' && sign != '+') sign = '\0';
    emit_data(tag - at(), sign, kind == '{');
    const std::size_t opening = sign == '\0' ? 2 : 3;
    if (kind == '#') {
      cursor_.advance(opening);
      lex_comment();
    } else if (const auto raw = raw_length(opening); kind == '%' && raw.has_value()) {
      cursor_.advance(*raw);
      lex_raw();
    } else {
      add(kind == '{' ? TokenKind::kVariableBegin : TokenKind::kBlockBegin, "");
      cursor_.advance(opening);
      lex_tag(cursor_, kind == '{', tokens_);
    }
  }

  void lex_comment() {
    const std::size_t end = source().find("#}", at());
    if (end == std::string::npos)
      cursor_.fail("a comment is opened and not closed; write #} after it");
    const char before = end > at() ? source()[end - 1] : '\0';
    cursor_.advance(end + 2 - at());
    cursor_.end_block(0, before);
  }

  // Length of "{%- raw -%}" at the current place, if it stands there.
  [[nodiscard]] std::optional<std::size_t> raw_length(std::size_t opening) const {
    std::string_view tail = strip_left(cursor_.rest().substr(opening));
    if (!tail.starts_with("raw")) return std::nullopt;
    tail = strip_left(tail.substr(3));
    if (tail.starts_with("-%}")) return cursor_.rest().size() - strip_left(tail.substr(3)).size();
    if (tail.starts_with("%}")) return cursor_.rest().size() - tail.size() + 2;
    return std::nullopt;
  }

  void lex_raw() {
    for (std::size_t tag = source().find("{%", at()); tag != std::string::npos;
         tag = source().find("{%", tag + 1)) {
      std::string_view tail = std::string_view(source()).substr(tag + 2);
      char sign = tail.empty() ? '\0' : tail.front();
      if (sign != '-' && sign != '+') sign = '\0';
      if (sign != '\0') tail.remove_prefix(1);
      tail = strip_left(tail);
      if (!tail.starts_with("endraw")) continue;
      tail = strip_left(tail.substr(6));
      char end_sign = tail.empty() ? '\0' : tail.front();
      if (end_sign != '-' && end_sign != '+') end_sign = '\0';
      if (end_sign != '\0') tail.remove_prefix(1);
      if (!tail.starts_with("%}")) continue;
      emit_data(tag - at(), sign, false);
      cursor_.advance(cursor_.rest().size() - tail.size());
      cursor_.end_block(2, end_sign);
      return;
    }
    cursor_.fail("a raw block is opened and not closed; write {% endraw %} after it");
  }

  Layout layout_;
  Cursor cursor_;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize_source(std::string_view source, Layout layout) {
  return Lexer(source, layout).run();
}

}  // namespace fettle::tokenize::jinja
