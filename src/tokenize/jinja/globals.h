// The functions that every template may call: jinja2's, and the two that transformers adds.
#pragma once

#include "tokenize/jinja/builtin.h"

namespace fettle::tokenize::jinja {

// The global of that name as a value; missing if there is none.
[[nodiscard]] Value find_global(Runtime& runtime, std::string_view name);

}  // namespace fettle::tokenize::jinja
