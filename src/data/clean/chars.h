// Characters as the cleaning rules see them: code points of UTF-8 text, and the few properties that
// published rules ask for, as Python has them (the rules' reference programs are Python).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metric/unicode.h"

namespace fettle::data::clean {

// What next_char() gives for a byte that is no UTF-8.
inline constexpr char32_t kBadByte = 0xffffffff;

// The same for a byte that is not ASCII.
[[nodiscard]] char32_t next_wide_char(std::string_view text, std::size_t& at);

// The code point at byte `at`, which moves behind it. A bad byte is one step.
[[nodiscard]] inline char32_t next_char(std::string_view text, std::size_t& at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x80) {
    ++at;
    return byte;
  }
  return next_wide_char(text, at);
}

void append_char(std::string& out, char32_t point);

[[nodiscard]] constexpr bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_ascii_letter(char32_t c) {
  return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}
[[nodiscard]] constexpr bool is_ascii_upper(char32_t c) { return c >= 'A' && c <= 'Z'; }
[[nodiscard]] constexpr bool is_ascii_lower(char32_t c) { return c >= 'a' && c <= 'z'; }

// str.isspace(), str.isalpha(), \w of one character.
[[nodiscard]] bool is_wide_char_space(char32_t c);
[[nodiscard]] constexpr bool is_ascii_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20);
}
[[nodiscard]] inline bool is_space(char32_t c) {
  return c < 0x80 ? is_ascii_space(c) : is_wide_char_space(c);
}
[[nodiscard]] bool is_alpha(char32_t c);
[[nodiscard]] bool is_word(char32_t c);
[[nodiscard]] bool is_upper(char32_t c);
[[nodiscard]] char32_t lower(char32_t c);
[[nodiscard]] char32_t upper(char32_t c);
// The letter that a letter with accents or a stroke is made of, if there is one.
[[nodiscard]] char32_t without_accents(char32_t c);

// Bytes of `text` at the start that are ASCII.
[[nodiscard]] std::size_t ascii_prefix(std::string_view text);
// Bytes at the start that are ASCII and no controls.
[[nodiscard]] std::size_t printable_prefix(std::string_view text);
// Code points; bad bytes count one each.
[[nodiscard]] std::size_t count_chars(std::string_view text);
// ASCII digits.
[[nodiscard]] std::size_t count_digits(std::string_view text);
[[nodiscard]] std::string_view trim(std::string_view text);  // str.strip()
[[nodiscard]] std::string_view trim_end(std::string_view text);

}  // namespace fettle::data::clean
