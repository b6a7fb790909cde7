// Markdown's outer structure: front matter is left out, headings outside of code begin sections.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fettle::data::collect {

struct Section {
  std::string_view title;  // of an ATX heading ("## Title"), without its marks
  std::string_view body;   // heading included
  std::int64_t line = 1;
};

// The YAML between "---" lines at the very start; empty when there is none.
[[nodiscard]] std::string_view front_matter(std::string_view text);

// The text behind the front matter, whole or cut before each ATX heading that is not in a fenced
// code block (CommonMark 4.2, 4.5).
[[nodiscard]] std::vector<Section> markdown_sections(std::string_view text, bool cut);

}  // namespace fettle::data::collect
