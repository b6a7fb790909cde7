// What an HTML page would cost to parse, from a look at its tags alone.
#pragma once

#include <cstdint>
#include <string_view>

namespace fettle::data::collect {

struct MarkupCost {
  std::int64_t depth = 0;   // elements that can be open at once
  std::int64_t copies = 0;  // elements that a parser may make anew, as open formatting is
};

// An upper bound from one pass over the bytes.
[[nodiscard]] MarkupCost markup_cost(std::string_view html);

}  // namespace fettle::data::collect
