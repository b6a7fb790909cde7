// The table of tests: what stands after `is`.
#pragma once

#include "tokenize/jinja/builtin.h"

namespace fettle::tokenize::jinja {

[[nodiscard]] const Builtin* find_test(std::string_view name);
// Throws Failure when there is no such test.
[[nodiscard]] bool apply_test(Runtime& runtime, std::string_view name, const Value& value,
                              Arguments arguments);

}  // namespace fettle::tokenize::jinja
