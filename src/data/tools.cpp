#include "data/tools.h"

#include <string>
#include <utility>

#include "base/format.h"

namespace fettle::data {
namespace {

Result<Json> read_tool_call(const Json& given, std::string_view where) {
  const bool wrapped = find(given, "function") != nullptr;
  Json call = wrapped ? given : Json{{"type", "function"}, {"function", given}};
  Json& function = call["function"];
  const Json* const name = find(function, "name");
  if (name == nullptr || !name->is_string()) {
    return problem(std::string(where),
                   "a tool call has no name; write {\"name\": \"...\", \"arguments\": {...}}");
  }
  if (find(function, "arguments") == nullptr) function["arguments"] = Json::object();
  Json& arguments = function["arguments"];
  if (arguments.is_string()) {
    Result<Json> parsed = parse_json(arguments.get_ref<const std::string&>(), where);
    if (parsed && parsed->is_object()) arguments = std::move(*parsed);
  }
  return call;
}

}  // namespace

Result<Json> as_array(const Json& value, std::string_view what, std::string_view where) {
  if (value.is_array()) return value;
  if (!value.is_string()) {
    return problem(std::string(where), text("{} is a value of type {}; give an array", what,
                                            std::string_view(value.type_name())));
  }
  Result<Json> parsed = parse_json(value.get_ref<const std::string&>(), where);
  if (!parsed) return problem(std::string(where), text("{}: {}", what, parsed.error().what));
  if (!parsed->is_array()) {
    return problem(std::string(where), text("{} holds JSON of type {}; give an array", what,
                                            std::string_view(parsed->type_name())));
  }
  return parsed;
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

Result<Json> read_tool_calls(const Json& given, std::string_view where) {
  Json calls = given;
  if (given.is_string()) {
    Result<Json> parsed = parse_json(given.get_ref<const std::string&>(), where);
    if (!parsed) return problem(std::string(where), "the tool call is " + parsed.error().what);
    calls = std::move(*parsed);
  }
  if (!calls.is_array()) calls = Json::array({std::move(calls)});
  for (Json& call : calls) {
    Result<Json> read = read_tool_call(call, where);
    if (!read) return read;
    call = std::move(*read);
  }
  return calls;
}

}  // namespace fettle::data
