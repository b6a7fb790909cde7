#include "data/clean/chars.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/utf8.h"

namespace fettle::data::clean {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080;

utf8proc_category_t category(char32_t c) {
  return c <= 0x10ffff ? utf8proc_category(static_cast<utf8proc_int32_t>(c)) : UTF8PROC_CATEGORY_CN;
}

// The byte where the character that ends before `end` begins.
std::size_t char_before(std::string_view text, std::size_t end) {
  std::size_t begin = end - 1;
  while (begin > 0 && end - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) {
    --begin;
  }
  std::size_t at = begin;
  (void)next_char(text, at);
  return at == end ? begin : end - 1;
}

}  // namespace

char32_t next_wide_char(std::string_view text, std::size_t& at) {
  const Utf8Char c = decode_utf8(text, at);
  at += c.valid ? c.size : 1;
  return c.valid ? c.code : kBadByte;
}

void append_char(std::string& out, char32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
    return;
  }
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(point), bytes.data());
  out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(length));
}

bool is_wide_char_space(char32_t c) {
  return c <= 0x10ffff && metric::is_space(static_cast<std::int32_t>(c));
}

bool is_alpha(char32_t c) {
  if (c < 0x80) return is_ascii_letter(c);
  const utf8proc_category_t kind = category(c);
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

bool is_word(char32_t c) {
  if (c < 0x80) return is_ascii_letter(c) || is_digit(c) || c == '_';
  return c <= 0x10ffff && metric::is_word(static_cast<std::int32_t>(c));
}

bool is_upper(char32_t c) {
  if (c < 0x80) return is_ascii_upper(c);
  const utf8proc_category_t kind = category(c);
  return kind == UTF8PROC_CATEGORY_LU || kind == UTF8PROC_CATEGORY_LT;
}

char32_t lower(char32_t c) {
  if (c < 0x80) return is_ascii_upper(c) ? c + 32 : c;
  return c <= 0x10ffff ? static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)))
                       : c;
}

char32_t upper(char32_t c) {
  if (c < 0x80) return is_ascii_lower(c) ? c - 32 : c;
  return c <= 0x10ffff ? static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c)))
                       : c;
}

char32_t without_accents(char32_t c) {
  switch (c) {
    case 0xf8:  // o with stroke
      return 'o';
    case 0x142:  // l with stroke
      return 'l';
    case 0x111:  // d with stroke
      return 'd';
    default:
      break;
  }
  if (c < 0x80 || c > 0x10ffff) return c;
  std::array<utf8proc_int32_t, 8> parts{};
  int boundary = 0;
  const auto count =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts.data(), parts.size(),
                              static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE), &boundary);
  return count > 0 && count <= 8 ? static_cast<char32_t>(parts[0]) : c;
}

std::size_t ascii_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, 8);
    if ((eight & kHighBits) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

std::size_t printable_prefix(std::string_view text) {
  constexpr std::uint64_t kSpaces = 0x2020202020202020;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, 8);
    // A byte below 0x20 borrows, which sets its high bit.
    if (((eight | (eight - kSpaces)) & kHighBits) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at] - 0x20) < 0x60) ++at;
  return at;
}

std::size_t count_chars(std::string_view text) {
  std::size_t count = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t plain = ascii_prefix(text.substr(at));
    at += plain;
    count += plain;
    if (at == text.size()) break;
    (void)next_char(text, at);
    ++count;
  }
  return count;
}

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return is_digit(static_cast<unsigned char>(c)); }));
}

std::string_view trim_end(std::string_view text) {
  while (!text.empty()) {
    std::size_t begin = char_before(text, text.size());
    const std::size_t length = begin;
    if (!is_space(next_char(text, begin))) break;
    text = text.substr(0, length);
  }
  return text;
}

std::string_view trim(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t begin = at;
    if (!is_space(next_char(text, at))) {
      at = begin;
      break;
    }
  }
  return trim_end(text.substr(at));
}

}  // namespace fettle::data::clean
