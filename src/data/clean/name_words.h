// Lists of words by which names and places are known.
#pragma once

#include <span>
#include <string_view>

#include "data/clean/scan.h"

namespace fettle::data::clean {

// Words in lower case, each with the separator behind it.
struct NameWords {
  NameList bit;
  char separator;
  std::string_view words;
};

[[nodiscard]] std::span<const NameWords> more_names();
[[nodiscard]] std::span<const NameWords> organization_words();

}  // namespace fettle::data::clean
