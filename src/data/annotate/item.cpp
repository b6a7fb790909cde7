#include "data/annotate/item.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/format.h"
#include "base/nearest.h"
#include "data/columns.h"
#include "data/messages.h"

namespace fettle::data {
namespace {

// A key that the config names must be there; the nearest one is told.
Problem missing(const Json& record, const std::string& column, const char* key,
                const Origin& origin) {
  std::vector<std::string_view> keys;
  for (const auto& [name, value] : record.items()) keys.push_back(name);
  const std::string_view meant = nearest(column, keys);
  return {origin.text(),
          text("lacks \"{}\", which {} of project.yaml names{}; its keys are {}", column, key,
               meant.empty() ? "" : text("; did you mean \"{}\"?", meant), keys_of(record))};
}

Result<Found> need(const Json& record, const std::string& column, const char* key, Names usual,
                   const Origin& origin) {
  const Found found = look(record, column, usual);
  if (found.value != nullptr) return found;
  if (!column.empty()) return tl::unexpected(missing(record, column, key, origin));
  std::string looked_for;
  for (const char* const name : usual)
    looked_for += (looked_for.empty() ? "" : ", ") + std::string(name);
  return problem(origin.text(), text("has none of the keys {}; its keys are {}: name the right one "
                                     "as {} in project.yaml",
                                     looked_for, keys_of(record), key));
}

Result<std::string> text_of(const Found& found, const Origin& origin) {
  if (!found.value->is_string()) return no_text(found, origin);
  if (found.value->get_ref<const std::string&>().empty()) {
    return problem(origin.text(), text("\"{}\" is empty; there is nothing to annotate", found.key));
  }
  return found.value->get<std::string>();
}

// A chat's turns; an answer to write takes the place of a last answer that is there.
Result<Json> turns_of(const Found& found, const ProjectConfig& config, const Origin& origin) {
  Result<Json> messages = read_messages(*found.value, origin.text());
  if (!messages) return messages;
  if (config.task == "writing" && !messages->empty() && messages->back()["role"] == "assistant") {
    messages->erase(messages->size() - 1);
  }
  Json turns = Json::array();
  for (const Json& message : *messages) {
    const Json* const content = find(message, "content");
    turns.push_back({{"role", message["role"]},
                     {"content", content == nullptr     ? std::string()
                                 : content->is_string() ? content->get<std::string>()
                                                        : to_text(*content)}});
  }
  if (turns.empty()) return problem(origin.text(), text("\"{}\" has no message", found.key));
  return turns;
}

struct Reading {
  Json shown = Json::object();
  std::vector<std::string> used;
};

std::optional<Problem> read_pair(const Json& record, const ProjectConfig& config,
                                 const Origin& origin, Reading& out) {
  struct Part {
    const char* name;
    Result<Found> found;
  };
  const Part parts[] = {{"prompt", need(record, config.prompt_column, "prompt_column",
                                        {"prompt", "instruction", "question"}, origin)},
                        {"a", need(record, config.a_column, "a_column",
                                   {"response_a", "answer_a", "a", "chosen"}, origin)},
                        {"b", need(record, config.b_column, "b_column",
                                   {"response_b", "answer_b", "b", "rejected"}, origin)}};
  for (const auto& [name, found] : parts) {
    if (!found) return found.error();
    const Result<std::string> words = text_of(*found, origin);
    if (!words) return words.error();
    out.shown[name] = *words;
    out.used.push_back(found->key);
  }
  return std::nullopt;
}

std::optional<Problem> read_single(const Json& record, const ProjectConfig& config,
                                   const Origin& origin, Reading& out) {
  const Result<Found> found =
      need(record, config.text_column, "text_column",
           {"text", "sentence", "messages", "conversations", "prompt", "instruction"}, origin);
  if (!found) return found.error();
  out.used.push_back(found->key);
  if (found->value->is_array() && config.task != "spans") {
    const Result<Json> turns = turns_of(*found, config, origin);
    if (!turns) return turns.error();
    out.shown["messages"] = *turns;
    return std::nullopt;
  }
  const Result<std::string> words = text_of(*found, origin);
  if (!words) return words.error();
  out.shown["text"] = *words;
  return std::nullopt;
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

}  // namespace

Result<Item> make_item(const Json& record, const ProjectConfig& config, const Origin& origin) {
  if (!record.is_object()) {
    return problem(origin.text(), text("the row is a value of type {}; an object was expected",
                                       std::string_view(record.type_name())));
  }
  Reading reading;
  const auto bad = config.task == "preference" ? read_pair(record, config, origin, reading)
                                               : read_single(record, config, origin, reading);
  if (bad) return tl::unexpected(*bad);
  Json fields = Json::array();
  for (const std::string& column : config.show_columns) {
    const Json* const value = find(record, column);
    if (value == nullptr) {
      return tl::unexpected(missing(record, column, "show_columns", origin));
    }
    fields.push_back(
        Json::array({column, value->is_string() ? value->get<std::string>() : to_text(*value)}));
  }
  reading.shown["fields"] = std::move(fields);
  Item item{std::move(reading.shown), Json::object()};
  for (const auto& [key, value] : record.items()) {
    if (std::find(reading.used.begin(), reading.used.end(), key) == reading.used.end()) {
      item.rest[key] = value;
    }
  }
  return item;
}

std::string item_text(const Json& shown) {
  std::string out;
  for (const char* const key : {"text", "prompt", "a", "b"}) {
    const Json* const value = find(shown, key);
    if (value == nullptr || !value->is_string()) continue;
    out += (out.empty() ? "" : "\n") + value->get_ref<const std::string&>();
  }
  const Json* const messages = find(shown, "messages");
  if (messages == nullptr) return out;
  for (const Json& message : *messages) {
    out += (out.empty() ? "" : "\n") + message.at("content").get_ref<const std::string&>();
  }
  return out;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return !continues(byte); }));
}

std::string_view code_point_part(std::string_view text, std::size_t begin, std::size_t end) {
  std::size_t first = text.size();
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (continues(text[at])) continue;
    if (count == begin) first = at;
    if (count == end) return text.substr(first, at - first);
    ++count;
  }
  return text.substr(first);
}

}  // namespace fettle::data
