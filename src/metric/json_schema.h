// Whether JSON keeps a JSON Schema: the keywords of draft 7 and 2020-12 that say something of
// values. `format`, titles and other annotations say nothing; $ref stays within the schema.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"

namespace fettle::metric {

// The first violation as one sentence with its place ("/items/0: is 3; at most 2 is allowed"), or
// nothing. Throws DataError for a schema that cannot be used: an unknown type, a $ref that leads
// nowhere or outside, an expression that PCRE2 does not know, references that never end.
[[nodiscard]] std::optional<std::string> schema_violation(const Json& schema, const Json& value);

}  // namespace fettle::metric
