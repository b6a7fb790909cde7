// A place in a template's source, with its line.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tokenize/jinja/lexer.h"
#include "tokenize/jinja/meter.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {

class Cursor {
 public:
  explicit Cursor(std::string source, Layout layout = Layout::kChat)
      : source_(std::move(source)), trims_blocks_(layout == Layout::kChat) {}

  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] std::size_t line() const noexcept { return line_; }
  [[nodiscard]] bool at_end() const noexcept { return at_ >= source_.size(); }
  // Whether the last byte passed ended a line; true at the beginning.
  [[nodiscard]] bool line_starting() const noexcept { return line_starting_; }
  [[nodiscard]] std::string_view rest() const { return std::string_view(source_).substr(at_); }
  [[nodiscard]] bool looking_at(std::string_view wanted) const {
    return rest().starts_with(wanted);
  }

  void advance(std::size_t count) {
    const std::string_view passed = rest().substr(0, count);
    line_ += static_cast<std::size_t>(std::count(passed.begin(), passed.end(), '\n'));
    if (!passed.empty()) line_starting_ = passed.back() == '\n';
    at_ += passed.size();
  }
  void skip_space() { advance(rest().size() - strip_left(rest()).size()); }
  // Past the end of a block or comment and the white space that its sign removes.
  void end_block(std::size_t length, char sign) {
    advance(length);
    if (sign == '-') {
      skip_space();
    } else if (sign != '+' && trims_blocks_ && looking_at("\n")) {
      advance(1);
    }
  }

  [[nodiscard]] Token token(TokenKind kind, std::string text) const {
    return Token{kind, line_, std::move(text), 0, 0.0};
  }
  [[noreturn]] void fail(const std::string& what) const { throw Failure(what, line_); }

 private:
  std::string source_;
  bool trims_blocks_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  bool line_starting_ = true;
};

// Reads the tokens of one tag up to and with its end, or to the end of the source.
void lex_tag(Cursor& cursor, bool is_variable, std::vector<Token>& tokens);

}  // namespace fettle::tokenize::jinja
