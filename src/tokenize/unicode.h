// UTF-8 and the character classes that tokenizers split by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace fettle::tokenize {

using Character = Utf8Char;

// character_at() for a byte above ASCII.
[[nodiscard]] Character wide_character_at(std::string_view text, std::size_t at);

// decode_utf8(), inline for ASCII alone.
[[nodiscard]] inline Character character_at(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  return byte < 0x80 ? Character{byte, 1, true} : wide_character_at(text, at);
}

[[nodiscard]] bool is_utf8(std::string_view text);
// Each maximal ill-formed part becomes one U+FFFD.
[[nodiscard]] std::string to_utf8(std::string_view text);
// Bytes of the longest prefix that does not end inside a character that could still be completed.
[[nodiscard]] std::size_t complete_prefix(std::string_view text);

void append_utf8(std::string& out, char32_t code);
[[nodiscard]] std::size_t count_characters(std::string_view utf8);
// Begin of the character that holds byte `at` of valid UTF-8.
[[nodiscard]] std::size_t character_begin(std::string_view utf8, std::size_t at);

// General categories, numbered as utf8proc does.
enum class Category : std::uint8_t {
  kCn,
  kLu,
  kLl,
  kLt,
  kLm,
  kLo,
  kMn,
  kMc,
  kMe,
  kNd,
  kNl,
  kNo,
  kPc,
  kPd,
  kPs,
  kPe,
  kPi,
  kPf,
  kPo,
  kSm,
  kSc,
  kSk,
  kSo,
  kZs,
  kZl,
  kZp,
  kCc,
  kCf,
  kCs,
  kCo,
};

// The category in Unicode 16.0, whose tables the `tokenizers` library carries (Oniguruma 6.9.10).
[[nodiscard]] Category category(char32_t code);
[[nodiscard]] bool is_letter(char32_t code);  // \p{L}
[[nodiscard]] bool is_mark(char32_t code);    // \p{M}
[[nodiscard]] bool is_number(char32_t code);  // \p{N}
[[nodiscard]] bool is_space(char32_t code);   // White_Space, \s
// Rust's char::is_numeric: \p{N} of Unicode 17.0.
[[nodiscard]] bool is_numeric(char32_t code);
// \w of Rust's regex crate: Alphabetic, marks, decimal digits, connectors, joiners.
[[nodiscard]] bool is_word(char32_t code);
// What the Punctuation pre-tokenizer splits by: ASCII punctuation and \p{P} of Unicode 8.0.
[[nodiscard]] bool is_punctuation(char32_t code);
// The lower case of one character (one or two characters), Unicode 17.0.
void append_lowercase(std::string& out, char32_t code);

}  // namespace fettle::tokenize
