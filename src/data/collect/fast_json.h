// Rows of JSON at the speed of simdjson, with base/json.h's limits and messages: what simdjson
// refuses is read again by parse_json, which decides and says why.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "data/row.h"

namespace fettle::data::collect {

// The value of `source`, behind which kPadding bytes can be read (whatever they hold). Thread-safe;
// each thread keeps one parser. Same value or Problem as check_text and parse_json give.
[[nodiscard]] Result<Json> parse_padded(std::string_view source, const Origin& origin);

}  // namespace fettle::data::collect
