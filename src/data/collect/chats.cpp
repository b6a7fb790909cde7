#include "data/collect/chats.h"

#include <utility>

#include "base/format.h"
#include "data/columns.h"
#include "data/messages.h"
#include "data/tools.h"

namespace fettle::data::collect {
namespace {

// A message in the tags' words as ShareGPT writes it, which read_messages knows.
Json in_usual_words(const Json& message, const Tags& tags) {
  if (!message.is_object()) return message;
  const std::string role_key = tags.role_tag.empty() ? "from" : tags.role_tag;
  const std::string content_key = tags.content_tag.empty() ? "value" : tags.content_tag;
  Json out = Json::object();
  for (const auto& [key, value] : message.items()) {
    if (key == content_key) {
      out["value"] = value;
    } else if (key != role_key) {
      out[key] = value;
    } else {
      out["from"] = value;
    }
  }
  const Json* const role = find(out, "from");
  if (role == nullptr || !role->is_string()) return out;
  const std::pair<const std::string&, const char*> words[] = {{tags.user_tag, "human"},
                                                              {tags.assistant_tag, "gpt"},
                                                              {tags.observation_tag, "observation"},
                                                              {tags.function_tag, "function_call"},
                                                              {tags.system_tag, "system"}};
  for (const auto& [theirs, ours] : words) {
    if (!theirs.empty() && *role == theirs) {
      out["from"] = ours;
      break;
    }
  }
  return out;
}

// Whether read_messages would give back what it is given: {role, content} each, roles known.
bool is_canonical(const Json& messages) {
  if (!messages.is_array() || messages.empty()) return false;
  for (const Json& message : messages) {
    if (!message.is_object() || message.size() != 2) return false;
    const auto& members = message.get_ref<const Json::object_t&>();
    const auto role = members.begin();
    const auto content = role + 1;
    if (role->first != "role" || content->first != "content") return false;
    if (!role->second.is_string() || !content->second.is_string()) return false;
    const std::string& name = role->second.get_ref<const std::string&>();
    if (name != "user" && name != "assistant" && name != "system") return false;
  }
  return true;
}

// Messages, JSON text of them, or one message.
Result<Json> messages_of(const Json& value, const Tags& tags, const Origin& origin) {
  Json given = value.is_object() ? Json::array({value}) : value;
  if (tags.stated()) {
    Result<Json> array = as_array(given, "messages", origin.text());
    if (!array) return array;
    given = Json::array();
    for (const Json& message : *array) given.push_back(in_usual_words(message, tags));
  }
  return read_messages(given, origin.text());
}

// A text stays a text; messages are read.
std::optional<Problem> read_side(Json& row, const char* key, std::string_view form,
                                 const Tags& tags, const Origin& origin) {
  const auto found = row.find(key);
  if (found == row.end()) return lacks(row, key, form, origin).value();
  if (found->is_string()) return std::nullopt;
  if (!found->is_array() && !found->is_object()) return no_text({key, &*found}, origin).value();
  Result<Json> messages = messages_of(*found, tags, origin);
  if (!messages) return messages.error();
  *found = std::move(*messages);
  return std::nullopt;
}

std::optional<Problem> read_row_tools(Json& row, const Origin& origin) {
  const auto tools = row.find("tools");
  if (tools == row.end()) return std::nullopt;
  Result<Json> read = read_tools(*tools, origin.text());
  if (!read) return read.error();
  if (read->is_null()) {
    row.erase("tools");
  } else {
    *tools = std::move(*read);
  }
  return std::nullopt;
}

// LLaMA-Factory's instruction and input as one prompt.
void join_instruction(Json& row) {
  const auto instruction = row.find("instruction");
  if (instruction == row.end() || !instruction->is_string() || row.contains("prompt")) return;
  std::string prompt = instruction->get<std::string>();
  const auto input = row.find("input");
  if (input != row.end() && input->is_string() && !input->get_ref<const std::string&>().empty()) {
    prompt += (prompt.empty() ? "" : "\n") + input->get<std::string>();
  }
  row["prompt"] = std::move(prompt);
  row.erase("instruction");
  row.erase("input");
}

// OpenAI's {input: {messages, tools}, preferred_output, non_preferred_output}.
void rename_openai(Json& row) {
  if (!row.contains("preferred_output")) return;
  const Json input = row.value("input", Json::object());
  if (const Json* messages = find(input, "messages")) row["prompt"] = *messages;
  if (const Json* tools = find(input, "tools")) row["tools"] = *tools;
  row["chosen"] = row["preferred_output"];
  row["rejected"] = row["non_preferred_output"];
  for (const char* const key : {"input", "preferred_output", "non_preferred_output"})
    row.erase(key);
}

// TRL's whole conversations: what both begin with is the prompt.
void split_prompt(Json& row) {
  if (row.contains("prompt") || !row["chosen"].is_array() || !row["rejected"].is_array()) return;
  Json& chosen = row["chosen"];
  Json& rejected = row["rejected"];
  std::size_t same = 0;
  while (same + 1 < chosen.size() && same + 1 < rejected.size() && chosen[same] == rejected[same]) {
    ++same;
  }
  const auto from = static_cast<std::ptrdiff_t>(same);
  Json prompt = Json::array();
  for (std::size_t i = 0; i < same; ++i) prompt.push_back(chosen[i]);
  chosen.erase(chosen.begin(), chosen.begin() + from);
  rejected.erase(rejected.begin(), rejected.begin() + from);
  row["prompt"] = std::move(prompt);
}

}  // namespace

Result<Json> map_chat(Json row, const Tags& tags, const Origin& origin) {
  const auto found = row.find("messages");
  if (found == row.end()) return lacks(row, "messages", "chat", origin);
  if (tags.stated() || !is_canonical(*found)) {
    Result<Json> messages = messages_of(*found, tags, origin);
    if (!messages) return messages;
    *found = std::move(*messages);
  }
  if (auto bad = read_row_tools(row, origin)) return tl::unexpected(*bad);
  const Json* const system = find(row, "system");
  if (system != nullptr && system->is_null()) row.erase("system");
  return row;
}

Result<Json> map_pair(Json row, const Tags& tags, const Origin& origin) {
  for (const char* const key : {"prompt", "completion"}) {
    if (auto bad = read_side(row, key, "prompt_completion", tags, origin)) {
      return tl::unexpected(*bad);
    }
  }
  if (auto bad = read_row_tools(row, origin)) return tl::unexpected(*bad);
  return row;
}

Result<Json> map_preference(Json row, const Tags& tags, const Origin& origin) {
  rename_openai(row);
  join_instruction(row);
  if (row.contains("messages") && !row.contains("prompt")) {
    row["prompt"] = row["messages"];
    row.erase("messages");
  }
  for (const char* const key : {"prompt", "chosen", "rejected"}) {
    if (std::string_view(key) == "prompt" && !row.contains(key)) continue;
    if (auto bad = read_side(row, key, "preference", tags, origin)) return tl::unexpected(*bad);
  }
  split_prompt(row);
  if (auto bad = read_row_tools(row, origin)) return tl::unexpected(*bad);
  return row;
}

Result<Json> map_kto(Json row, const Tags& tags, const Origin& origin) {
  join_instruction(row);
  if (row.contains("kto_tag")) {
    row["label"] = row["kto_tag"];
    row.erase("kto_tag");
  }
  const Json* const label = find(row, "label");
  if (label == nullptr) return lacks(row, "label", "kto", origin);
  if (!label->is_boolean()) {
    return problem(origin.text(), text("\"label\" is {}; a KTO row's label is true or false",
                                       to_text(*label).substr(0, 64)));
  }
  if (!row.contains("messages")) return map_pair(std::move(row), tags, origin);
  Result<Json> messages = messages_of(row["messages"], tags, origin);
  if (!messages) return messages;
  if (auto bad = check_trainable(*messages, origin.text())) return tl::unexpected(*bad);
  row["completion"] = Json::array({messages->back()});
  messages->erase(messages->size() - 1);
  row["prompt"] = std::move(*messages);
  row.erase("messages");
  if (auto bad = read_row_tools(row, origin)) return tl::unexpected(*bad);
  return row;
}

}  // namespace fettle::data::collect
