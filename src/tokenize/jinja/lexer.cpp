#include "tokenize/jinja/lexer.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/format.h"
#include "tokenize/jinja/meter.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

std::string with_unix_newlines(std::string_view source) {
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
  if (out.ends_with('\n')) out.pop_back();  // keep_trailing_newline is off
  return out;
}

bool is_blank(std::string_view text) { return strip_left(text).empty(); }

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(with_unix_newlines(source)) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) lex_root();
    add(TokenKind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] std::string_view rest() const { return std::string_view(source_).substr(at_); }
  [[nodiscard]] bool looking_at(std::string_view text) const { return rest().starts_with(text); }

  [[noreturn]] void fail(const std::string& what) const { throw Failure(what, line_); }

  Token& add(TokenKind kind, std::string text) {
    tokens_.push_back(Token{kind, line_, std::move(text), 0, 0.0});
    return tokens_.back();
  }

  void advance(std::size_t count) {
    const std::string_view passed = rest().substr(0, count);
    line_ += static_cast<std::size_t>(std::count(passed.begin(), passed.end(), '\n'));
    if (!passed.empty()) line_starting_ = passed.back() == '\n';
    at_ += count;
  }

  void skip_space() { advance(rest().size() - strip_left(rest()).size()); }

  // Emits the data before a tag, which begins `length` bytes ahead and whose sign decides what
  // happens to the white space before it.
  void emit_data(std::size_t length, char sign, bool is_variable) {
    std::string_view data = rest().substr(0, length);
    if (sign == '-') {
      data = strip_right(data);
    } else if (sign != '+' && !is_variable) {
      const std::size_t newline = data.rfind('\n');
      const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
      if ((begin > 0 || line_starting_) && is_blank(data.substr(begin))) {
        data = data.substr(0, begin);
      }
    }
    if (!data.empty()) add(TokenKind::kData, std::string(data));
    advance(length);
  }

  void lex_root() {
    std::size_t tag = at_;
    while (true) {
      tag = source_.find('{', tag);
      if (tag == std::string::npos || tag + 1 >= source_.size()) {
        add(TokenKind::kData, std::string(rest()));
        advance(rest().size());
        return;
      }
      const char next = source_[tag + 1];
      if (next == '{' || next == '%' || next == '#') break;
      ++tag;
    }
    const char kind = source_[tag + 1];
    char sign = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
    if (sign != '-' && sign != '+') sign = '\0';
    emit_data(tag - at_, sign, kind == '{');
    const std::size_t opening = sign == '\0' ? 2 : 3;
    if (kind == '#') {
      advance(opening);
      lex_comment();
    } else if (const auto raw = raw_length(opening); kind == '%' && raw.has_value()) {
      advance(*raw);
      lex_raw();
    } else {
      add(kind == '{' ? TokenKind::kVariableBegin : TokenKind::kBlockBegin, "");
      advance(opening);
      lex_tag(kind == '{');
    }
  }

  void lex_comment() {
    const std::size_t end = source_.find("#}", at_);
    if (end == std::string::npos) fail("a comment is opened and not closed; write #} after it");
    const char before = end > at_ ? source_[end - 1] : '\0';
    advance(end + 2 - at_);
    if (before == '-') {
      skip_space();
    } else if (before != '+' && looking_at("\n")) {
      advance(1);
    }
  }

  // Length of "{%- raw -%}" at the current place, if it stands there.
  [[nodiscard]] std::optional<std::size_t> raw_length(std::size_t opening) const {
    std::string_view tail = strip_left(rest().substr(opening));
    if (!tail.starts_with("raw")) return std::nullopt;
    tail = strip_left(tail.substr(3));
    if (tail.starts_with("-%}")) return rest().size() - strip_left(tail.substr(3)).size();
    if (tail.starts_with("%}")) return rest().size() - tail.size() + 2;
    return std::nullopt;
  }

  void lex_raw() {
    for (std::size_t tag = source_.find("{%", at_); tag != std::string::npos;
         tag = source_.find("{%", tag + 1)) {
      std::string_view tail = std::string_view(source_).substr(tag + 2);
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
      emit_data(tag - at_, sign, false);
      advance(rest().size() - tail.size());
      end_block(2, end_sign);
      return;
    }
    fail("a raw block is opened and not closed; write {% endraw %} after it");
  }

  void end_block(std::size_t length, char sign) {
    advance(length);
    if (sign == '-') {
      skip_space();
    } else if (sign != '+' && looking_at("\n")) {
      advance(1);
    }
  }

  bool at_tag_end(bool variable) {
    const std::string_view close = variable ? "}}" : "%}";
    const bool minus = looking_at("-") && rest().substr(1).starts_with(close);
    const bool plus = !variable && looking_at("+") && rest().substr(1).starts_with(close);
    if (!minus && !plus && !looking_at(close)) return false;
    add(variable ? TokenKind::kVariableEnd : TokenKind::kBlockEnd, "");
    if (variable) {
      advance(minus ? 3 : 2);
      if (minus) skip_space();
    } else {
      end_block(minus || plus ? 3 : 2, minus ? '-' : (plus ? '+' : '\0'));
    }
    return true;
  }

  void lex_tag(bool variable) {
    brackets_.clear();
    while (true) {
      skip_space();
      if (at_ >= source_.size()) return;  // the parser says what is missing
      if (brackets_.empty() && at_tag_end(variable)) return;
      const char c = source_[at_];
      if (is_ascii_digit(c)) {
        lex_number();
      } else if (c == '\'' || c == '"') {
        lex_string(c);
      } else if (!lex_name()) {
        lex_operator();
      }
    }
  }

  [[nodiscard]] std::size_t digits_at(std::size_t at, std::string_view digits) const {
    std::size_t end = at;
    while (end < source_.size()) {
      const bool joined = source_[end] == '_' && end > at && end + 1 < source_.size() &&
                          digits.find(source_[end + 1]) != std::string_view::npos;
      if (!joined && digits.find(source_[end]) == std::string_view::npos) break;
      end += joined ? 2 : 1;
    }
    return end;
  }

  // End of a float that begins here, or 0.
  [[nodiscard]] std::size_t float_end() const {
    if (at_ > 0 && source_[at_ - 1] == '.') return 0;
    constexpr std::string_view kDigits = "0123456789";
    const std::size_t whole = digits_at(at_, kDigits);
    std::size_t end = whole;
    if (end < source_.size() && source_[end] == '.') {
      const std::size_t fraction = digits_at(end + 1, kDigits);
      if (fraction > end + 1) end = fraction;
    }
    if (end < source_.size() && (source_[end] == 'e' || source_[end] == 'E')) {
      std::size_t power = end + 1;
      if (power < source_.size() && (source_[power] == '+' || source_[power] == '-')) ++power;
      const std::size_t after = digits_at(power, kDigits);
      if (after > power) end = after;
    }
    return end > whole ? end : 0;
  }

  void lex_number() {
    if (const std::size_t end = float_end(); end != 0) {
      std::string digits = source_.substr(at_, end - at_);
      std::erase(digits, '_');
      Token& token = add(TokenKind::kFloat, digits);
      std::from_chars(digits.data(), digits.data() + digits.size(), token.real);
      advance(end - at_);
      return;
    }
    int base = 10;
    std::string_view digits = "0123456789";
    std::size_t begin = at_;
    if (source_[at_] == '0' && at_ + 1 < source_.size()) {
      const char mark = static_cast<char>(source_[at_ + 1] | 0x20);
      base = mark == 'x' ? 16 : (mark == 'o' ? 8 : (mark == 'b' ? 2 : 10));
      if (base != 10) digits = std::string_view("0123456789abcdefABCDEF");
      if (base < 10) digits = digits.substr(0, static_cast<std::size_t>(base));
      begin = base == 10 ? at_ : at_ + 2;
    }
    if (base == 10 && source_[at_] == '0') digits = "0";
    std::size_t end = digits_at(begin, digits);
    if (end == begin) {  // "0x" alone is a zero and a name
      base = 10;
      begin = at_;
      end = at_ + 1;
    }
    std::string value = source_.substr(begin, end - begin);
    std::erase(value, '_');
    Token& token = add(TokenKind::kInteger, value);
    const auto parsed =
        std::from_chars(value.data(), value.data() + value.size(), token.integer, base);
    if (parsed.ec != std::errc()) {
      fail(text("the number {} does not fit into 64 bits; write a smaller one", value));
    }
    advance(end - at_);
  }

  void lex_string(char quote) {
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2U : 1U;
    if (end >= source_.size()) fail("a string is opened and not closed; add the missing quote");
    add(TokenKind::kString,
        unescape(std::string_view(source_).substr(at_ + 1, end - at_ - 1), line_));
    advance(end + 1 - at_);
  }

  bool lex_name() {
    std::size_t end = at_;
    while (end < source_.size()) {
      std::size_t next = end;
      const char32_t c = next_character(source_, next);
      const bool is_word = c == '_' || is_alpha(c) || (end > at_ && is_decimal(c));
      if (!is_word) break;
      end = next;
    }
    if (end == at_) return false;
    add(TokenKind::kName, source_.substr(at_, end - at_));
    advance(end - at_);
    return true;
  }

  void lex_operator() {
    constexpr std::string_view kDouble[] = {"//", "**", "==", "!=", ">=", "<="};
    std::size_t length = 0;
    for (const std::string_view op : kDouble) {
      if (looking_at(op)) length = 2;
    }
    const char c = source_[at_];
    if (length == 0 && std::string_view("+-/*%~[](){}><=.:|,;").find(c) != std::string_view::npos) {
      length = 1;
    }
    if (length == 0) {
      std::size_t end = at_;
      next_character(source_, end);
      fail(text("unexpected character '{}' inside a tag", source_.substr(at_, end - at_)));
    }
    balance(c);
    add(TokenKind::kOperator, source_.substr(at_, length));
    advance(length);
  }

  void balance(char c) {
    if (c == '(' || c == '[' || c == '{') brackets_ += c;
    if (c != ')' && c != ']' && c != '}') return;
    if (brackets_.empty()) fail(text("unexpected '{}'", std::string(1, c)));
    const char open = brackets_.back();
    const char expected = open == '(' ? ')' : (open == '[' ? ']' : '}');
    if (c != expected) {
      fail(text("unexpected '{}', expected '{}'", std::string(1, c), std::string(1, expected)));
    }
    brackets_.pop_back();
  }

  std::string source_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  bool line_starting_ = true;
  std::string brackets_;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize_source(std::string_view source) { return Lexer(source).run(); }

}  // namespace fettle::tokenize::jinja
