// Functions that a conversation may call, and calls of them, as chat templates read them.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace fettle::data {

// `value`, or the array whose JSON text it is. `what` names it in problems.
[[nodiscard]] Result<Json> as_array(const Json& value, std::string_view what,
                                    std::string_view where);

// `value`: an array of functions (bare or wrapped as {type, function}), JSON text of one, or
// nothing. Gives wrapped functions, or null when there are none.
[[nodiscard]] Result<Json> read_tools(const Json& value, std::string_view where);

// `given`: {name, arguments} or {type, function: {...}}, a list of these, or JSON text of them.
// Gives an array of wrapped calls, whose arguments are an object where they are JSON text of one:
// OpenAI writes text, and templates would quote it again.
[[nodiscard]] Result<Json> read_tool_calls(const Json& given, std::string_view where);

}  // namespace fettle::data
