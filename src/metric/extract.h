// What an answer says, taken out of its words: numbers by GSM8K's rules, JSON, calls of tools.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace fettle::metric {

// The number behind the last "####" (Cobbe et al. 2021), else the last number of the text, without
// commas, dollar signs and a full stop at its end; nothing where there is none.
[[nodiscard]] std::optional<std::string> gsm8k_answer(std::string_view text);

// Whether two such numbers are equal: as numbers where both are, else as texts.
[[nodiscard]] bool same_number(std::string_view a, std::string_view b);

// JSON's equality: the order of an object's members does not count, 1 equals 1.0.
[[nodiscard]] bool same_json(const Json& a, const Json& b);

// The calls in a text as [{"name", "arguments"}]: the whole text as JSON (one call or a list, also
// OpenAI's {"function": {"name", "arguments": "text of JSON"}}), or each
// <tool_call>...</tool_call>. A problem says what is no call.
[[nodiscard]] Result<Json> tool_calls(std::string_view text);

// Whether the calls agree: names equal, arguments equal as JSON; in any order unless `ordered`.
[[nodiscard]] bool same_calls(const Json& given, const Json& right, bool ordered);

}  // namespace fettle::metric
