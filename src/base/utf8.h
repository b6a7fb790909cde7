// UTF-8, decoded in one place. RFC 3629; the Unicode Standard 16.0, table 3-7: no overlong forms,
// no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fettle {

inline constexpr char32_t kReplacementCharacter = 0xfffd;

struct Utf8Char {
  char32_t code;
  std::uint32_t size;  // bytes in the text, 1 to 4
  bool valid;          // false: an ill-formed part, and code is U+FFFD
};

// The character at byte `at` (< text.size()); reads nothing behind the text. Ill-formed bytes give
// their maximal subpart (the standard's 3.9, as Python's errors="replace" cuts it): a lead byte and
// those behind it that some character begins with, or one byte. Who wants a bad byte to be a step
// of its own goes on at `at` + 1.
[[nodiscard]] constexpr Utf8Char decode_utf8(std::string_view text, std::size_t at = 0) {
  // 0 behind the end: it continues no character.
  const auto byte = [&](std::size_t i) -> char32_t {
    return i < text.size() - at ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const auto bad = [](std::uint32_t size) { return Utf8Char{kReplacementCharacter, size, false}; };
  const char32_t first = byte(0);
  if (first < 0x80) return {first, 1, true};
  if (first < 0xc2 || first > 0xf4) return bad(1);
  const char32_t second = byte(1);
  const char32_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const char32_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return bad(1);
  if (first < 0xe0) return {(first & 0x1f) << 6 | (second & 0x3f), 2, true};
  const char32_t third = byte(2);
  if ((third & 0xc0) != 0x80) return bad(2);
  const char32_t three = (first & 0xf) << 12 | (second & 0x3f) << 6 | (third & 0x3f);
  if (first < 0xf0) return {three, 3, true};
  const char32_t fourth = byte(3);
  if ((fourth & 0xc0) != 0x80) return bad(3);
  return {(three & 0x7fff) << 6 | (fourth & 0x3f), 4, true};
}

}  // namespace fettle
