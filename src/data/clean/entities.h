// HTML's character references ("&eacute;", "&#233;", "&#xe9;") read as characters.
#pragma once

#include <string>
#include <string_view>

namespace fettle::data::clean {

// Those with a semicolon, of HTML 4.01's names; a name in capitals gives a capital, as in ftfy.
// Unknown names stay.
[[nodiscard]] std::string with_entities_read(std::string_view text);

}  // namespace fettle::data::clean
