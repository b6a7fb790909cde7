// Escapes in string literals: Python's unicode-escape codec.
#include <charconv>

#include "base/format.h"
#include "tokenize/jinja/lexer.h"
#include "tokenize/jinja/meter.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

// Reads exactly `digits` hexadecimal digits at body[at] and appends their character.
void append_hex(std::string& out, std::string_view body, std::size_t& at, std::size_t digits,
                std::size_t line) {
  std::uint32_t code = 0;
  const std::string_view piece = body.substr(at, digits);
  const auto [end, error] = std::from_chars(piece.data(), piece.data() + piece.size(), code, 16);
  if (piece.size() != digits || error != std::errc() || end != piece.data() + digits) {
    throw Failure(text("the escape in a string wants {} hexadecimal digits", digits), line);
  }
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
    throw Failure(text("the escape \\u{:04x} is no character", code), line);
  }
  append_character(out, static_cast<char32_t>(code));
  at += digits;
}

void append_octal(std::string& out, std::string_view body, std::size_t& at) {
  char32_t code = 0;
  for (int i = 0; i < 3 && at < body.size() && body[at] >= '0' && body[at] <= '7'; ++i, ++at) {
    code = code * 8 + static_cast<char32_t>(body[at] - '0');
  }
  append_character(out, code);
}

}  // namespace

std::string unescape(std::string_view body, std::size_t line) {
  constexpr std::string_view kPlain = "\\'\"abfnrtv";
  constexpr std::string_view kMeaning = "\\'\"\a\b\f\n\r\t\v";
  std::string out;
  out.reserve(body.size());
  std::size_t at = 0;
  while (at < body.size()) {
    const char c = body[at++];
    if (c != '\\' || at >= body.size()) {
      out += c;
      continue;
    }
    const char kind = body[at];
    if (const std::size_t plain = kPlain.find(kind); plain != std::string_view::npos) {
      out += kMeaning[plain];
      ++at;
    } else if (kind == '\n') {
      ++at;  // the line goes on
    } else if (kind >= '0' && kind <= '7') {
      append_octal(out, body, at);
    } else if (kind == 'x' || kind == 'u' || kind == 'U') {
      append_hex(out, body, ++at, kind == 'x' ? 2 : (kind == 'u' ? 4 : 8), line);
    } else if (kind == 'N') {
      throw Failure("escapes by name (\\N{...}) are not read; write \\uXXXX", line);
    } else {
      out += '\\';  // an unknown escape stands for itself
    }
  }
  return out;
}

}  // namespace fettle::tokenize::jinja
