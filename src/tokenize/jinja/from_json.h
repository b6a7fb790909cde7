// JSON as a template's values.
#pragma once

#include "base/json.h"
#include "tokenize/jinja/value.h"

namespace fettle::tokenize::jinja {

// Strings that are not UTF-8 get U+FFFD. Throws Failure for integers past 64 bits and
// LimitFailure for nesting past kMaxValueDepth.
[[nodiscard]] Value from_json(Meter& meter, const Json& json);

}  // namespace fettle::tokenize::jinja
