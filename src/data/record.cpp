#include "data/record.h"

#include <array>

namespace fettle::data {
namespace {

struct Key {
  std::string_view name;
  TextRole role;
};

// In the order in which a reader meets them.
constexpr std::array kKeys = {
    Key{"system", TextRole::kSystem},   Key{"instruction", TextRole::kPrompt},
    Key{"input", TextRole::kPrompt},    Key{"prompt", TextRole::kPrompt},
    Key{"messages", TextRole::kPrompt}, Key{"text", TextRole::kText},
    Key{"output", TextRole::kAnswer},   Key{"completion", TextRole::kAnswer},
    Key{"chosen", TextRole::kAnswer},   Key{"rejected", TextRole::kAnswer},
};

TextRole role_of(const Json& message, TextRole otherwise) {
  const Json* const role = find(message, "role");
  if (role == nullptr || !role->is_string()) return otherwise;
  const auto& name = role->get_ref<const std::string&>();
  if (name == "assistant") return TextRole::kAnswer;
  return name == "system" || name == "developer" ? TextRole::kSystem : TextRole::kPrompt;
}

template <class J>
J* member(J& object, std::string_view key) {
  return const_cast<J*>(find(object, key));
}

template <class J>
auto& text_in(J& value) {
  if constexpr (std::is_const_v<J>) {
    return value.template get_ref<const std::string&>();
  } else {
    return value.template get_ref<std::string&>();
  }
}

template <class J, class Visit>
void visit_content(J& content, TextRole role, const Visit& visit) {
  if (content.is_string()) return visit(text_in(content), role);
  if (!content.is_array()) return;
  for (auto& part : content) {
    J* const words = member<J>(part, "text");
    if (words != nullptr && words->is_string()) visit(text_in(*words), role);
  }
}

// The texts of a JSON value, whose depth parse_json() has bounded.
template <class J, class Visit>
void visit_arguments(J& value, const Visit& visit) {
  if (value.is_string()) return visit(text_in(value), TextRole::kCall);
  if (!value.is_structured()) return;
  for (auto& item : value) visit_arguments(item, visit);
}

template <class J, class Visit>
void visit_message(J& message, TextRole role, const Visit& visit) {
  J* const calls = member<J>(message, "tool_calls");
  const bool calling = calls != nullptr && calls->is_array() && !calls->empty();
  J* const content = member<J>(message, "content");
  if (content != nullptr && !(calling && *content == "")) {
    visit_content(*content, role_of(message, role), visit);
  }
  if (!calling) return;
  for (auto& call : *calls) {
    J* const function = member<J>(call, "function");
    J* const arguments = function == nullptr ? nullptr : member<J>(*function, "arguments");
    if (arguments != nullptr) visit_arguments(*arguments, visit);
  }
}

// A text, or messages.
template <class J, class Visit>
void visit_value(J& value, TextRole role, const Visit& visit) {
  if (value.is_string()) return visit(text_in(value), role);
  if (value.is_object()) return visit_message(value, role, visit);
  if (!value.is_array()) return;
  for (auto& message : value) visit_message(message, role, visit);
}

template <class J, class Visit>
void visit_history(J& history, const Visit& visit) {
  if (!history.is_array()) return;
  for (auto& pair : history) {
    if (!pair.is_array()) continue;
    for (std::size_t i = 0; i < pair.size(); ++i) {
      if (!pair[i].is_string()) continue;
      visit(text_in(pair[i]), i % 2 == 0 ? TextRole::kPrompt : TextRole::kAnswer);
    }
  }
}

template <class J, class Visit>
void visit_all(J& fields, const Visit& visit) {
  if (!fields.is_object()) return;
  for (const Key& key : kKeys) {
    if (key.name == "instruction") {
      if (J* const history = member<J>(fields, "history")) visit_history(*history, visit);
    }
    if (J* const value = member<J>(fields, key.name)) visit_value(*value, key.role, visit);
  }
}

}  // namespace

void for_each_text(Json& fields, const std::function<void(std::string&, TextRole)>& visit) {
  visit_all(fields, visit);
}

void for_each_text(const Json& fields,
                   const std::function<void(const std::string&, TextRole)>& visit) {
  visit_all(fields, visit);
}

std::string text_of(const Json& fields) {
  std::string out;
  for_each_text(fields, [&](const std::string& words, TextRole) {
    if (!out.empty()) out += '\n';
    out += words;
  });
  return out;
}

std::string_view form_of(const Json& fields) {
  const auto has = [&](std::string_view key) { return find(fields, key) != nullptr; };
  if (has("chosen") && has("rejected")) return "preference";
  if (has("label") && (has("completion") || has("messages"))) return "kto";
  if (has("messages")) return "messages";
  if (has("instruction")) return "instruction";
  if (has("completion")) return "completion";
  if (has("image")) return "image";
  if (has("audio")) return "audio";
  if (has("text")) return has("label") ? "classification" : "text";
  return "other";
}

std::string label_of(const Json& fields) {
  const Json* const label = find(fields, "label");
  if (label == nullptr || label->is_null()) return {};
  return label->is_string() ? label->get<std::string>() : to_text(*label);
}

}  // namespace fettle::data
