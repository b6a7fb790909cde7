#include "tokenize/unicode.h"

#include <utf8proc.h>

#include <array>

#include "tokenize/unicode_tables.h"

namespace fettle::tokenize {
namespace {

bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

constexpr std::uint8_t kLetterBit = 1;
constexpr std::uint8_t kNumberBit = 2;
constexpr std::uint8_t kSpaceBit = 4;
constexpr std::uint8_t kPunctuationBit = 8;

constexpr std::array<std::uint8_t, 128> make_ascii_classes() {
  std::array<std::uint8_t, 128> classes{};
  for (std::size_t c = 0; c < 128; ++c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      classes[c] = kLetterBit;
    } else if (c >= '0' && c <= '9') {
      classes[c] = kNumberBit;
    } else if (c == ' ' || (c >= 9 && c <= 13)) {
      classes[c] = kSpaceBit;
    } else if (c > ' ' && c < 127) {
      classes[c] = kPunctuationBit;
    }
  }
  return classes;
}

constexpr std::array<std::uint8_t, 128> kAscii = make_ascii_classes();

bool ascii_is(char32_t code, int bits) { return (kAscii[code] & bits) != 0; }

bool between(Category value, Category first, Category last) {
  return value >= first && value <= last;
}

}  // namespace

Character wide_character_at(std::string_view text, std::size_t at) { return decode_utf8(text, at); }

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const Character character = character_at(text, at);
    if (!character.valid) return false;
    at += character.size;
  }
  return true;
}

std::string to_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    if (character.valid) {
      out.append(text.substr(at, character.size));
    } else {
      append_utf8(out, kReplacementCharacter);
    }
    at += character.size;
  }
  return out;
}

std::size_t complete_prefix(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const std::size_t at = text.size() - back;
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0xC2 || byte > 0xF4) continue;  // begins no character of several bytes
    const Character last = decode_utf8(text, at);
    const bool open = !last.valid && last.size == back;
    return open ? at : text.size();
  }
  return text.size();
}

void append_utf8(std::string& out, char32_t code) {
  const auto part = [&](char32_t shift) {
    return static_cast<char>(0x80 | ((code >> shift) & 0x3F));
  };
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.append({static_cast<char>(0xC0 | (code >> 6)), part(0)});
  } else if (code < 0x10000) {
    out.append({static_cast<char>(0xE0 | (code >> 12)), part(6), part(0)});
  } else {
    out.append({static_cast<char>(0xF0 | (code >> 18)), part(12), part(6), part(0)});
  }
}

std::size_t count_characters(std::string_view utf8) {
  std::size_t count = 0;
  for (const char byte : utf8) count += !is_continuation(static_cast<unsigned char>(byte));
  return count;
}

std::size_t character_begin(std::string_view utf8, std::size_t at) {
  while (at > 0 && is_continuation(static_cast<unsigned char>(utf8[at]))) --at;
  return at;
}

Category category(char32_t code) {
  if (const CategoryRange* changed = find_range(kChangedAfter14, code)) return changed->category;
  return static_cast<Category>(utf8proc_category(static_cast<utf8proc_int32_t>(code)));
}

bool is_letter(char32_t code) {
  if (code < 128) return ascii_is(code, kLetterBit);
  return between(category(code), Category::kLu, Category::kLo);
}

bool is_mark(char32_t code) {
  return code >= 0x300 && between(category(code), Category::kMn, Category::kMe);
}

bool is_number(char32_t code) {
  if (code < 128) return ascii_is(code, kNumberBit);
  return between(category(code), Category::kNd, Category::kNo);
}

bool is_space(char32_t code) {
  if (code < 128) return ascii_is(code, kSpaceBit);
  return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
         code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool is_numeric(char32_t code) {
  return is_number(code) || (code >= 128 && find_range(kNumbersAfter16, code) != nullptr);
}

bool is_word(char32_t code) {
  if (code < 128) return ascii_is(code, kLetterBit | kNumberBit) || code == '_';
  const Category kind = category(code);
  return between(kind, Category::kLu, Category::kNl) || kind == Category::kPc ||
         find_range(kOtherWord, code) != nullptr;
}

bool is_punctuation(char32_t code) {
  if (code < 128) return ascii_is(code, kPunctuationBit);
  if (find_range(kPunctuationOnlyIn8, code) != nullptr) return true;
  return between(category(code), Category::kPc, Category::kPo) &&
         find_range(kPunctuationAfter8, code) == nullptr;
}

void append_lowercase(std::string& out, char32_t code) {
  if (const LowercaseRange* range = find_range(kLowercaseAfter15, code)) {
    append_utf8(out, range->lower + (code - range->first));
    return;
  }
  const auto lower = utf8proc_tolower(static_cast<utf8proc_int32_t>(code));
  append_utf8(out, static_cast<char32_t>(lower));
  // The one character whose full lower case has two: I with dot above.
  if (code == 0x130) append_utf8(out, 0x307);
}

}  // namespace fettle::tokenize
