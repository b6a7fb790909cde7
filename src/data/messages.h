// Conversations as users write them, brought into one shape that chat templates read:
// {role, content[, reasoning_content, tool_calls, tool_call_id, name, weight]}.
//
// Read: OpenAI messages (role, content as text or parts), ShareGPT turns (from, value) and
// LLaMA-Factory's parts (type, value).
#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace fettle::data {

// `value`: an array of messages, or JSON text of one. `where` names the row in problems.
[[nodiscard]] Result<Json> read_messages(const Json& value, std::string_view where);

// What keeps a conversation from being trained on: its last message is not the assistant's, or no
// message of the assistant has a weight.
[[nodiscard]] std::optional<Problem> check_trainable(const Json& messages, std::string_view where);

}  // namespace fettle::data
