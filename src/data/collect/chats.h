// Rows whose values may be messages: chats, pairs, preferences and KTO rows, as OpenAI, ShareGPT,
// LLaMA-Factory and TRL write them.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "data/collect/mapping.h"
#include "data/row.h"

namespace fettle::data::collect {

// Each gives {messages, tools?} / {prompt, completion} / {prompt?, chosen, rejected} /
// {prompt, completion, label} with messages in the shape of data/messages.h; prompts and answers
// are texts or messages as the row has them.
[[nodiscard]] Result<Json> map_chat(Json row, const Tags& tags, const Origin& origin);
[[nodiscard]] Result<Json> map_pair(Json row, const Tags& tags, const Origin& origin);
[[nodiscard]] Result<Json> map_preference(Json row, const Tags& tags, const Origin& origin);
[[nodiscard]] Result<Json> map_kto(Json row, const Tags& tags, const Origin& origin);

}  // namespace fettle::data::collect
