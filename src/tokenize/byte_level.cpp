#include "tokenize/byte_level.h"

#include <array>

#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

constexpr bool stands_for_itself(std::uint32_t byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr std::size_t kCharacters = 256 + 68;  // the highest character and one

struct ByteTables {
  std::array<char32_t, 256> characters{};
  std::array<std::int16_t, kCharacters> bytes{};
};

constexpr ByteTables make_byte_tables() {
  ByteTables tables;
  for (auto& byte : tables.bytes) byte = -1;
  char32_t next = 256;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    const char32_t code = stands_for_itself(byte) ? byte : next++;
    tables.characters[byte] = code;
    tables.bytes[code] = static_cast<std::int16_t>(byte);
  }
  return tables;
}

constexpr ByteTables kByteTables = make_byte_tables();

}  // namespace

char32_t byte_character(std::uint8_t byte) { return kByteTables.characters[byte]; }

std::optional<std::uint8_t> character_byte(char32_t code) {
  if (code >= kCharacters || kByteTables.bytes[code] < 0) return std::nullopt;
  return static_cast<std::uint8_t>(kByteTables.bytes[code]);
}

std::string bytes_to_characters(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes) append_utf8(out, byte_character(static_cast<std::uint8_t>(byte)));
  return out;
}

std::optional<std::string> characters_to_bytes(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const Character character = character_at(utf8, at);
    const std::optional<std::uint8_t> byte = character_byte(character.code);
    if (!byte) return std::nullopt;
    out.push_back(static_cast<char>(*byte));
    at += character.size;
  }
  return out;
}

}  // namespace fettle::tokenize
