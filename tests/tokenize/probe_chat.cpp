// Answers chat-template requests, one JSON object a line, for the oracle tests:
//   {"template", "messages", "tools", "add_generation_prompt", "extra", "bos_token", "eos_token",
//    "unix_time"}  ->  {"text", "generation_spans"} or {"error"}
#include <iostream>
#include <string>

#include "base/json.h"
#include "tokenize/chat_template.h"

namespace {

using fettle::Json;

fettle::tokenize::RenderInput input_of(const Json& request) {
  fettle::tokenize::RenderInput input;
  input.messages = request.value("messages", Json::array());
  input.tools = request.value("tools", Json());
  input.add_generation_prompt = request.value("add_generation_prompt", false);
  input.extra = request.value("extra", Json::object());
  input.bos_token = request.value("bos_token", "");
  input.eos_token = request.value("eos_token", "");
  input.unix_time = request.value("unix_time", std::int64_t{0});
  return input;
}

Json answer(const std::string& line) {
  const auto request = fettle::parse_json(line, "request");
  if (!request.has_value()) return Json{{"error", request.error().message()}};
  const auto parsed =
      fettle::tokenize::ChatTemplate::parse(request->value("template", ""), "template");
  if (!parsed.has_value()) return Json{{"error", parsed.error().message()}};
  const auto rendered = parsed->render(input_of(*request));
  if (!rendered.has_value()) return Json{{"error", rendered.error().message()}};
  Json spans = Json::array();
  for (const auto& [begin, end] : rendered->generation_spans) spans.push_back({begin, end});
  return Json{{"text", rendered->text}, {"generation_spans", spans}};
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) std::cout << fettle::to_text(answer(line)) << std::endl;
  return 0;
}
