// A conversation as its template writes it, with the parts that the assistant says. Spans are found
// by rendering turn by turn, so that what stands before a scored span is exactly the prompt that
// inference would render at that point; a template for which that fails is a problem, not a guess.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "batch/token_text.h"
#include "data/row.h"

namespace fettle::batch {

// What the template writes for one assistant message, in bytes of Conversation::text.
struct Turn {
  std::int64_t message = -1;  // index; -1 when a {% generation %} block belongs to no one message
  std::size_t begin = 0;      // right after the generation prompt
  std::size_t end = 0;
  // What the template would write after `end` if the conversation ended with this message; empty
  // unless that differs from what it writes when the conversation goes on.
  std::string rest;
  bool marked = false;  // found through {% generation %}: the end-of-turn token may stand behind
};

struct Conversation {
  std::string text;
  std::vector<Turn> turns;  // those that are trained, in order
};

enum class Trained {
  kByWeight,  // each assistant message whose weight is absent or not 0
  kLast,      // the last message, which is an assistant's: an answer that is judged
};

// messages: array of {role, content, ...}. Problems name the message and show where texts part.
[[nodiscard]] Result<Conversation> render_conversation(const TextSide& side, const data::Row& row,
                                                       Trained trained);

// For a turn whose text differs when the conversation goes on.
[[nodiscard]] Problem changed_turn(const Conversation& conversation, const Turn& turn,
                                   std::string_view where);

// The text alone, as inference sees it; with_prompt adds the generation prompt.
[[nodiscard]] Result<tokenize::Rendered> render_messages(const TextSide& side, const Json& messages,
                                                         const Json& tools, bool with_prompt,
                                                         std::string_view where);

[[nodiscard]] bool is_assistant(const Json& message);

}  // namespace fettle::batch
