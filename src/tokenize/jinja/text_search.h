// Searching and cutting text in linear time.
#pragma once

#include <string_view>
#include <vector>

#include "tokenize/jinja/object.h"

namespace fettle::tokenize::jinja {

// Places of needle that do not overlap, from the left, at most `limit`. needle is not empty.
// Linear in both sizes.
[[nodiscard]] std::vector<std::size_t> find_all(std::string_view haystack, std::string_view needle,
                                                std::size_t limit);
// First and last place of needle, or npos; linear.
[[nodiscard]] std::size_t find_text(std::string_view haystack, std::string_view needle);
[[nodiscard]] std::size_t rfind_text(std::string_view haystack, std::string_view needle);

struct Replacement {
  std::string_view from, to;
  std::int64_t count = -1;  // negative: all
};
// str.replace, charged to the meter before the result grows.
[[nodiscard]] Value replace_text(Runtime& runtime, std::string_view text,
                                 const Replacement& replacement);

}  // namespace fettle::tokenize::jinja
