// Lists as Python prints them: what a template's {{choices}} gives and a task's file may state.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace fettle::evaluate {

// ast.literal_eval for strings (with escapes, triple quotes, neighbours joined), numbers, True,
// False, None, lists and tuples (as arrays), 32 levels deep. where stands in problems.
[[nodiscard]] Result<Json> parse_literal(std::string_view source, std::string_view where);

}  // namespace fettle::evaluate
