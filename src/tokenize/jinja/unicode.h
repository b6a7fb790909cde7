// UTF-8 text seen as Python sees a str: a row of code points.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::tokenize::jinja {

// Code points of valid UTF-8 (bytes that do not continue one).
[[nodiscard]] std::size_t count_characters(std::string_view text);
// The code point at byte `at`, which moves on past it. Ill-formed bytes read as themselves.
char32_t next_character(std::string_view text, std::size_t& at);
void append_character(std::string& text, char32_t character);
// Byte offset of the code point with this index; text.size() past the end. O(index).
[[nodiscard]] std::size_t byte_offset(std::string_view text, std::size_t character);
// Replaces what is not UTF-8 by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

// str.isspace and what str.strip removes.
[[nodiscard]] bool is_space(char32_t character);
// str.splitlines' line ends.
[[nodiscard]] bool is_line_end(char32_t character);
[[nodiscard]] bool is_alpha(char32_t character);
[[nodiscard]] bool is_decimal(char32_t character);
[[nodiscard]] bool is_digit(char32_t character);
[[nodiscard]] bool is_numeric(char32_t character);
[[nodiscard]] bool is_upper(char32_t character);
[[nodiscard]] bool is_lower(char32_t character);
[[nodiscard]] bool is_title(char32_t character);
[[nodiscard]] bool is_printable(char32_t character);

[[nodiscard]] std::string_view strip_left(std::string_view text);
[[nodiscard]] std::string_view strip_right(std::string_view text);
// Without the characters at the end that stand in `characters`.
[[nodiscard]] std::string_view strip_left_of(std::string_view text, std::string_view characters);
[[nodiscard]] std::string_view strip_right_of(std::string_view text, std::string_view characters);
// str.splitlines; keep: with their line ends.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text, bool keep);

// Full case mapping with SpecialCasing's unconditional rules and the final sigma.
[[nodiscard]] std::string to_upper(std::string_view text);
[[nodiscard]] std::string to_lower(std::string_view text);
// First character in title case, the rest in lower case.
[[nodiscard]] std::string to_capital(std::string_view text);
// str.title: each run of cased letters is capitalised.
[[nodiscard]] std::string to_title(std::string_view text);
[[nodiscard]] std::string swap_case(std::string_view text);
[[nodiscard]] std::string fold_case(std::string_view text);

// The expansions of characters whose case mapping has several code points; empty for others.
[[nodiscard]] std::string_view special_upper(char32_t character);
[[nodiscard]] std::string_view special_title(char32_t character);

}  // namespace fettle::tokenize::jinja
