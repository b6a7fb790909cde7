// The few properties of characters that the comparison of texts needs, as Python has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::metric {

// Code points; a byte that is not UTF-8 becomes kByteBase + byte and is written back as that byte.
inline constexpr std::int32_t kByteBase = 0x110000;

[[nodiscard]] std::vector<std::int32_t> code_points(std::string_view source);
[[nodiscard]] std::string utf8(const std::vector<std::int32_t>& points);

// str.lower(): Unicode's full mapping, with the final sigma.
[[nodiscard]] std::vector<std::int32_t> lower(const std::vector<std::int32_t>& points);

// utf8proc's number of the character's general category; that of none for a bad byte.
[[nodiscard]] int general_category(std::int32_t point);

// str.isspace() of one character.
[[nodiscard]] bool is_space(std::int32_t point);

// What a regular expression's \w takes: str.isalnum() or an underscore.
[[nodiscard]] bool is_word(std::int32_t point);

}  // namespace fettle::metric
