// The inside of {{ }} and {% %}: names, numbers, strings and operators.
#include <charconv>

#include "base/format.h"
#include "tokenize/jinja/cursor.h"

namespace fettle::tokenize::jinja {
namespace {

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

class TagLexer {
 public:
  TagLexer(Cursor& cursor, std::vector<Token>& tokens)
      : cursor_(cursor), source_(cursor.source()), tokens_(tokens) {}

  void run(bool variable) {
    while (true) {
      cursor_.skip_space();
      if (cursor_.at_end()) return;  // the parser says what is missing
      if (brackets_.empty() && at_tag_end(variable)) return;
      const char c = source_[at()];
      if (is_ascii_digit(c)) {
        lex_number();
      } else if (c == '\'' || c == '"') {
        lex_string(c);
      } else if (!lex_name()) {
        lex_operator();
      }
    }
  }

 private:
  [[nodiscard]] std::size_t at() const { return cursor_.at(); }
  Token& add(TokenKind kind, std::string text) {
    tokens_.push_back(cursor_.token(kind, std::move(text)));
    return tokens_.back();
  }

  bool at_tag_end(bool variable) {
    const std::string_view close = variable ? "}}" : "%}";
    const bool minus = cursor_.looking_at("-") && cursor_.rest().substr(1).starts_with(close);
    const bool plus =
        !variable && cursor_.looking_at("+") && cursor_.rest().substr(1).starts_with(close);
    if (!minus && !plus && !cursor_.looking_at(close)) return false;
    add(variable ? TokenKind::kVariableEnd : TokenKind::kBlockEnd, "");
    if (variable) {
      cursor_.advance(minus ? 3 : 2);
      if (minus) cursor_.skip_space();
    } else {
      cursor_.end_block(minus || plus ? 3 : 2, minus ? '-' : (plus ? '+' : '\0'));
    }
    return true;
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
    if (at() > 0 && source_[at() - 1] == '.') return 0;
    constexpr std::string_view kDigits = "0123456789";
    const std::size_t whole = digits_at(at(), kDigits);
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
      std::string digits = source_.substr(at(), end - at());
      std::erase(digits, '_');
      Token& token = add(TokenKind::kFloat, digits);
      std::from_chars(digits.data(), digits.data() + digits.size(), token.real);
      cursor_.advance(end - at());
      return;
    }
    int base = 10;
    std::string_view digits = "0123456789";
    std::size_t begin = at();
    if (source_[at()] == '0' && at() + 1 < source_.size()) {
      const char mark = static_cast<char>(source_[at() + 1] | 0x20);
      base = mark == 'x' ? 16 : (mark == 'o' ? 8 : (mark == 'b' ? 2 : 10));
      if (base != 10) digits = std::string_view("0123456789abcdefABCDEF");
      if (base < 10) digits = digits.substr(0, static_cast<std::size_t>(base));
      begin = base == 10 ? at() : at() + 2;
    }
    if (base == 10 && source_[at()] == '0') digits = "0";
    std::size_t end = digits_at(begin, digits);
    if (end == begin) {  // "0x" alone is a zero and a name
      base = 10;
      begin = at();
      end = at() + 1;
    }
    std::string value = source_.substr(begin, end - begin);
    std::erase(value, '_');
    Token& token = add(TokenKind::kInteger, value);
    const auto parsed =
        std::from_chars(value.data(), value.data() + value.size(), token.integer, base);
    if (parsed.ec != std::errc()) {
      cursor_.fail(text("the number {} does not fit into 64 bits; write a smaller one", value));
    }
    cursor_.advance(end - at());
  }

  void lex_string(char quote) {
    std::size_t end = at() + 1;
    while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2U : 1U;
    if (end >= source_.size())
      cursor_.fail("a string is opened and not closed; add the missing quote");
    add(TokenKind::kString,
        unescape(std::string_view(source_).substr(at() + 1, end - at() - 1), cursor_.line()));
    cursor_.advance(end + 1 - at());
  }

  bool lex_name() {
    std::size_t end = at();
    while (end < source_.size()) {
      std::size_t next = end;
      const char32_t c = next_character(source_, next);
      const bool is_word = c == '_' || is_alpha(c) || (end > at() && is_decimal(c));
      if (!is_word) break;
      end = next;
    }
    if (end == at()) return false;
    add(TokenKind::kName, source_.substr(at(), end - at()));
    cursor_.advance(end - at());
    return true;
  }

  void lex_operator() {
    constexpr std::string_view kDouble[] = {"//", "**", "==", "!=", ">=", "<="};
    std::size_t length = 0;
    for (const std::string_view op : kDouble) {
      if (cursor_.looking_at(op)) length = 2;
    }
    const char c = source_[at()];
    if (length == 0 && std::string_view("+-/*%~[](){}><=.:|,;").find(c) != std::string_view::npos) {
      length = 1;
    }
    if (length == 0) {
      std::size_t end = at();
      next_character(source_, end);
      cursor_.fail(
          text("unexpected character '{}' inside a tag", source_.substr(at(), end - at())));
    }
    balance(c);
    add(TokenKind::kOperator, source_.substr(at(), length));
    cursor_.advance(length);
  }

  void balance(char c) {
    if (c == '(' || c == '[' || c == '{') brackets_ += c;
    if (c != ')' && c != ']' && c != '}') return;
    if (brackets_.empty()) cursor_.fail(text("unexpected '{}'", std::string(1, c)));
    const char open = brackets_.back();
    const char expected = open == '(' ? ')' : (open == '[' ? ']' : '}');
    if (c != expected) {
      cursor_.fail(
          text("unexpected '{}', expected '{}'", std::string(1, c), std::string(1, expected)));
    }
    brackets_.pop_back();
  }

  Cursor& cursor_;
  const std::string& source_;
  std::vector<Token>& tokens_;
  std::string brackets_;
};

}  // namespace

void lex_tag(Cursor& cursor, bool is_variable, std::vector<Token>& tokens) {
  TagLexer(cursor, tokens).run(is_variable);
}

}  // namespace fettle::tokenize::jinja
