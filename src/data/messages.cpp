#include "data/messages.h"

#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/nearest.h"

namespace fettle::data {
namespace {

constexpr std::array<std::string_view, 5> kRoles = {"system", "developer", "user", "assistant",
                                                    "tool"};
constexpr std::array<std::string_view, 10> kTurnNames = {
    "human", "gpt",       "function_call", "observation", "system",
    "tool",  "developer", "user",          "assistant",   "model"};

// A message being read: where it stands, and its shape so far.
struct Draft {
  std::string where;
  std::string text;
  std::string reasoning;
  Json tool_calls = Json::array();
};

std::string_view type_name(const Json& value) { return value.type_name(); }

std::optional<Problem> add_tool_call(const Json& given, Draft& draft);

// {"name", "arguments"} or {"type", "function": {...}} or a list of these, or JSON text of them.
std::optional<Problem> add_tool_calls(const Json& given, Draft& draft) {
  Json parsed;
  const Json* calls = &given;
  if (given.is_string()) {
    Result<Json> json = parse_json(given.get_ref<const std::string&>(), draft.where);
    if (!json) {
      return Problem{draft.where, "the tool call is " + json.error().what};
    }
    parsed = std::move(*json);
    calls = &parsed;
  }
  if (!calls->is_array()) return add_tool_call(*calls, draft);
  for (const Json& call : *calls) {
    if (auto bad = add_tool_call(call, draft)) return bad;
  }
  return std::nullopt;
}

std::optional<Problem> add_tool_call(const Json& given, Draft& draft) {
  const Json* wrapped = find(given, "function");
  Json call = wrapped != nullptr ? given : Json{{"type", "function"}, {"function", given}};
  Json& function = call["function"];
  const Json* name = find(function, "name");
  if (name == nullptr || !name->is_string()) {
    return Problem{draft.where,
                   "a tool call has no name; write {\"name\": \"...\", \"arguments\": {...}}"};
  }
  if (find(function, "arguments") == nullptr) function["arguments"] = Json::object();
  Json& arguments = function["arguments"];
  // OpenAI writes arguments as JSON text; templates print objects, and would quote text again.
  if (arguments.is_string()) {
    Result<Json> parsed = parse_json(arguments.get_ref<const std::string&>(), draft.where);
    if (parsed && parsed->is_object()) arguments = std::move(*parsed);
  }
  draft.tool_calls.push_back(std::move(call));
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
                                     type_name(*content))};
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
                               type_name(message)));
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

Result<Json> as_array(const Json& value, std::string_view what, std::string_view where) {
  if (value.is_array()) return value;
  if (!value.is_string()) {
    return problem(std::string(where),
                   text("{} is a value of type {}; give an array", what, type_name(value)));
  }
  Result<Json> parsed = parse_json(value.get_ref<const std::string&>(), where);
  if (!parsed) return problem(std::string(where), text("{}: {}", what, parsed.error().what));
  if (!parsed->is_array()) {
    return problem(std::string(where),
                   text("{} holds JSON of type {}; give an array", what, type_name(*parsed)));
  }
  return parsed;
}

}  // namespace

Result<Json> read_messages(const Json& value, std::string_view where) {
  const Result<Json> given = as_array(value, "messages", where);
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

Result<Json> read_tools(const Json& value, std::string_view where) {
  if (value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty())) {
    return Json(nullptr);
  }
  Result<Json> tools = as_array(value, "tools", where);
  if (!tools || tools->empty()) return tools ? Result<Json>(Json(nullptr)) : tools;
  for (Json& tool : *tools) {
    const Json* const wrapped = find(tool, "function");
    const Json* const name = find(wrapped != nullptr ? *wrapped : tool, "name");
    if (name == nullptr || !name->is_string()) {
      return problem(std::string(where),
                     "a tool has no name; write {\"type\": \"function\", \"function\": {\"name\": "
                     "\"...\", \"parameters\": {...}}}");
    }
    if (wrapped == nullptr) tool = Json{{"type", "function"}, {"function", Json(tool)}};
  }
  return tools;
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
