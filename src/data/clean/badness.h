// Does a piece of text look like UTF-8 that was read in a single-byte encoding?
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace fettle::data::clean {

// The classes (mojibake_tables.h) of a character, one bit each.
[[nodiscard]] std::uint64_t mojibake_class(char32_t point);

// The byte that `point` is in encoding number `encoding`, or -1.
[[nodiscard]] int byte_in(std::size_t encoding, char32_t point);

// One of ftfy's rules of unlikely neighbours holds somewhere.
[[nodiscard]] bool is_bad(std::u32string_view text);

// is_bad() of a line of UTF-8, of which only the characters beyond ASCII and those around them are
// looked at. Also true where a byte is no UTF-8.
[[nodiscard]] bool is_bad_line(std::string_view line);

}  // namespace fettle::data::clean
