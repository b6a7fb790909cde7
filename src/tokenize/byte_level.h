// GPT-2's way of writing bytes as printable characters, so that vocabularies are valid text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fettle::tokenize {

// The character that stands for the byte: itself where it is printable Latin 1, else U+0100 and on.
[[nodiscard]] char32_t byte_character(std::uint8_t byte);
[[nodiscard]] std::optional<std::uint8_t> character_byte(char32_t code);

// Each byte as its character.
[[nodiscard]] std::string bytes_to_characters(std::string_view bytes);
// The bytes; nothing if a character stands for none.
[[nodiscard]] std::optional<std::string> characters_to_bytes(std::string_view utf8);

}  // namespace fettle::tokenize
