// What the chat-template tests share: one input, and the text or message it leads to.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "base/json.h"
#include "tokenize/chat_template.h"

namespace fettle::tokenize {

struct RenderCase {
  std::string source;
  std::string expected;
};
inline std::ostream& operator<<(std::ostream& out, const RenderCase& shown) {
  return out << shown.source;
}

// Messages "Hi" and "Yo", bos_token <s>, 2025-02-07 01:01:01 UTC, and a few variables.
inline RenderInput test_input() {
  RenderInput input;
  input.messages =
      Json::parse(R"([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"}])");
  input.extra = Json::parse(
      R"({"words": ["pear", "Apple", "fig"], "mapping": {"b": 1, "a": [1, 2], "C": null},
          "rows": [{"name": "x", "n": 3}, {"name": "Y", "n": 1}], "number": 42})");
  input.bos_token = "<s>";
  input.unix_time = 1738890061;
  return input;
}

// The rendered text, or "problem: " and the message.
inline std::string rendered(std::string_view source, const TemplateLimits& limits = {}) {
  const auto parsed = ChatTemplate::parse(source, "t");
  if (!parsed.has_value()) return "problem: " + parsed.error().message();
  const auto result = parsed->render(test_input(), limits);
  return result.has_value() ? result->text : "problem: " + result.error().message();
}

}  // namespace fettle::tokenize
