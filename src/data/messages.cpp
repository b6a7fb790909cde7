#include "data/messages.h"

#include <array>
#include <string>
#include <utility>

#include "base/format.h"
#include "base/nearest.h"
#include "data/tools.h"

namespace fettle::data {
namespace {

constexpr std::array<std::string_view, 5> kRoles = {"system", "developer", "user", "assistant",
                                                    "tool"};
constexpr std::array<std::string_view, 10> kTurnNames = {
    "human", "gpt",       "function_call", "observation", "system",
    "tool",  "developer", "user",          "assistant",   "model"};

constexpr std::size_t kMaxKeys = 64;

// A message being read: where it stands, and its shape so far.
struct Draft {
  std::string where;
  std::string text;
  std::string reasoning;
  Json tool_calls = Json::array();
};

std::optional<Problem> add_tool_calls(const Json& given, Draft& draft) {
  Result<Json> calls = read_tool_calls(given, draft.where);
  if (!calls) return calls.error();
  for (Json& call : *calls) draft.tool_calls.push_back(std::move(call));
  return std::nullopt;
}

std::optional<Problem> add_part(const Json& part, Draft& draft) {
  const Json* type = find(part, "type");
  if (type == nullptr || !type->is_string()) {
    return Problem{draft.where,
                   "a part of the content has no type; write {\"type\": \"text\", \"text\": ...}"};
  }
  const std::string& kind = type->get_ref<const std::string&>();
  const Json* value = find(part, kind == "text" ? "text" : kind);
  if (value == nullptr) value = find(part, "value");
  if (kind == "tool_call" && value != nullptr) return add_tool_calls(*value, draft);
  if (kind != "text" && kind != "reasoning") {
    return Problem{draft.where, text("the content has a part of type \"{}\"; text models read "
                                     "text, reasoning and tool_call",
                                     kind.substr(0, 64))};
  }
  if (value == nullptr || !value->is_string()) {
    return Problem{draft.where, text("a {} part of the content holds no text", kind)};
  }
  (kind == "text" ? draft.text : draft.reasoning) += value->get_ref<const std::string&>();
  return std::nullopt;
}

std::optional<Problem> add_content(const Json* content, Draft& draft) {
  if (content == nullptr || content->is_null()) {
    if (!draft.tool_calls.empty()) return std::nullopt;
    return Problem{draft.where, "has no content; give a text, or parts, or tool_calls"};
  }
  if (content->is_string()) {
    draft.text = content->get_ref<const std::string&>();
    return std::nullopt;
  }
  if (!content->is_array()) {
    return Problem{draft.where, text("the content is a value of type {}; give a text or parts",
                                     std::string_view(content->type_name()))};
  }
  for (const Json& part : *content) {
    if (auto bad = add_part(part, draft)) return bad;
  }
  return std::nullopt;
}

// The role of OpenAI's or ShareGPT's name for it.
Result<std::string> read_role(const Json& message, const std::string& where) {
  const Json* role = find(message, "role");
  const bool turn = role == nullptr;
  if (turn) role = find(message, "from");
  if (role == nullptr || !role->is_string()) {
    return problem(where, "has no role; write {\"role\": \"user\", \"content\": \"...\"}");
  }
  const std::string& name = role->get_ref<const std::string&>();
  for (const std::string_view known : kRoles) {
    if (name == known) return name;
  }
  if (turn) {
    if (name == "human") return "user";
    if (name == "gpt" || name == "model" || name == "function_call") return "assistant";
    if (name == "observation") return "tool";
    return problem(where, unknown_name("turn", name, kTurnNames));
  }
  return problem(where, unknown_name("role", name, kRoles));
}

// The weight of OpenAI's fine-tuning rows or LLaMA-Factory's loss_weight, as an integer 0 or 1.
Result<Json> read_weight(const Json& message, const std::string& where) {
  const Json* weight = find(message, "weight");
  if (weight == nullptr) weight = find(message, "loss_weight");
  if (weight == nullptr || weight->is_null()) return Json(nullptr);
  if (weight->is_number() && (*weight == 0 || *weight == 1)) return Json(*weight == 1 ? 1 : 0);
  if (weight->is_boolean()) return Json(weight->get<bool>() ? 1 : 0);
  return problem(where, text("weight is {}; allowed: 0 (not scored) and 1 (scored)",
                             to_text(*weight).substr(0, 64)));
}

// Everything else that a template may read stays as it is.
void copy_extras(const Json& message, Json& out) {
  constexpr std::array<std::string_view, 9> kRead = {
      "role",          "content",          "from", "value", "weight", "loss_weight", "tool_calls",
      "function_call", "reasoning_content"};
  for (const auto& [key, value] : message.items()) {
    bool read = false;
    for (const std::string_view name : kRead) read = read || key == name;
    if (!read && !value.is_null()) out[key] = value;
  }
}

Result<Json> read_message(const Json& message, std::string where) {
  if (!message.is_object()) {
    return problem(where, text("is a value of type {}; write {{\"role\": ..., \"content\": ...}}",
                               std::string_view(message.type_name())));
  }
  // Keys are looked up one by one.
  if (message.size() > kMaxKeys) {
    return problem(where, text("has {} keys; a message has at most {}", message.size(), kMaxKeys));
  }
  Draft draft{.where = std::move(where), .text = {}, .reasoning = {}};
  Result<std::string> role = read_role(message, draft.where);
  if (!role) return tl::unexpected(role.error());
  const Json* const turn = find(message, "from");
  const Json* content = find(message, turn != nullptr ? "value" : "content");
  for (const char* const key : {"tool_calls", "function_call"}) {
    const Json* calls = find(message, key);
    if (calls == nullptr || calls->is_null()) continue;
    if (auto bad = add_tool_calls(*calls, draft)) return tl::unexpected(*bad);
  }
  if (turn != nullptr && *turn == "function_call" && content != nullptr) {
    if (auto bad = add_tool_calls(*content, draft)) return tl::unexpected(*bad);
    content = nullptr;
  }
  if (auto bad = add_content(content, draft)) return tl::unexpected(*bad);
  if (const Json* reasoning = find(message, "reasoning_content");
      reasoning != nullptr && reasoning->is_string()) {
    draft.reasoning = reasoning->get_ref<const std::string&>() + draft.reasoning;
  }
  Result<Json> weight = read_weight(message, draft.where);
  if (!weight) return tl::unexpected(weight.error());

  Json out{{"role", std::move(*role)}, {"content", std::move(draft.text)}};
  if (!draft.reasoning.empty()) out["reasoning_content"] = std::move(draft.reasoning);
  if (!draft.tool_calls.empty()) out["tool_calls"] = std::move(draft.tool_calls);
  copy_extras(message, out);
  if (!weight->is_null()) out["weight"] = std::move(*weight);
  return out;
}

}  // namespace

Result<Json> read_messages(const Json& value, std::string_view where) {
  Result<Json> given = as_array(value, "messages", where);
  if (!given) return given;
  if (given->empty()) {
    return problem(std::string(where), "messages is empty; give at least a user and an assistant");
  }
  Json out = Json::array();
  std::size_t index = 0;
  for (const Json& message : *given) {
    Result<Json> read = read_message(message, text("{}: messages[{}]", where, index++));
    if (!read) return read;
    out.push_back(std::move(*read));
  }
  return out;
}

std::optional<Problem> check_trainable(const Json& messages, std::string_view where) {
  const std::string& last = messages.back().at("role").get_ref<const std::string&>();
  if (last != "assistant") {
    return Problem{std::string(where),
                   text("the last message is from \"{}\"; a training row ends with the "
                        "assistant's answer",
                        last)};
  }
  for (const Json& message : messages) {
    const Json* const weight = find(message, "weight");
    if (message.at("role") == "assistant" && (weight == nullptr || *weight == 1)) {
      return std::nullopt;
    }
  }
  return Problem{std::string(where),
                 "every message of the assistant has weight 0; give one of them weight 1"};
}

}  // namespace fettle::data
