#include "data/collect/mapping.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

#include "base/error.h"
#include "base/nearest.h"
#include "data/collect/chats.h"
#include "data/columns.h"

namespace fettle::data::collect {
namespace {

constexpr std::array<std::string_view, 16> kKeys = {
    "messages",   "tools",  "system",   "instruction", "input", "output", "history", "prompt",
    "completion", "chosen", "rejected", "label",       "text",  "image",  "audio",   "kto_tag"};

// Names that other people give to the same thing, ours first.
struct Usual {
  std::string_view key;
  std::array<std::string_view, 6> names;  // empty ones at the end
};
constexpr std::array kUsual = {
    Usual{"messages", {"messages", "conversations", "conversation", "dialogue", "dialog"}},
    Usual{"prompt", {"prompt", "question", "query", "input"}},
    Usual{"completion", {"completion", "response", "answer", "output", "target"}},
    Usual{"text", {"text", "sentence", "content", "document", "review"}},
    Usual{"chosen", {"chosen", "chosen_messages", "preferred"}},
    Usual{"rejected", {"rejected", "rejected_messages", "dispreferred"}},
    Usual{"label", {"label", "category", "labels", "class", "sentiment", "intent"}},
};

bool has(const Json& row, std::string_view key) { return find(row, key) != nullptr; }

// The row's own name for `key`: the first usual one that it has; empty for none.
std::string_view name_in(const Json& row, std::string_view key) {
  for (const Usual& usual : kUsual) {
    if (usual.key != key) continue;
    for (const std::string_view name : usual.names) {
      if (!name.empty() && has(row, name)) return name;
    }
  }
  return {};
}

// Another value under the new name is kept beside it.
void rename(Json& row, std::string_view from, std::string_view to) {
  if (from == to || from.empty()) return;
  Json out = Json::object();
  Json::object_t::Container& members = out.get_ref<Json::object_t&>();
  for (auto& [key, value] : row.get_ref<Json::object_t&>()) {
    std::string name = key == from ? std::string(to) : key == to ? key + "_original" : key;
    members.emplace_back(std::move(name), std::move(value));
  }
  row = std::move(out);
}

tl::unexpected<Problem> wants(const Json& row, std::string_view form, std::string_view key,
                              const Origin& origin) {
  if (!has(row, key)) return lacks(row, key, form, origin);
  return no_text({std::string(key), find(row, key)}, origin);
}

Result<Json> map_texts(Json row, std::string_view form, std::initializer_list<const char*> keys,
                       const Origin& origin) {
  for (const char* const key : keys) {
    rename(row, name_in(row, key), key);
    const Json* const value = find(row, key);
    const bool scalar = std::string_view(key) == "label" && value != nullptr &&
                        (value->is_number() || value->is_boolean());
    if (value == nullptr || !(value->is_string() || scalar)) return wants(row, form, key, origin);
  }
  return row;
}

Result<Json> map_instruction(Json row, const Origin& origin) {
  for (const char* const key : {"instruction", "output"}) {
    const Json* const value = find(row, key);
    if (value == nullptr || !value->is_string()) return wants(row, "instruction", key, origin);
  }
  // Null stands for nothing where the key may be absent.
  for (const char* const key : {"input", "system", "history"}) {
    const Json* const value = find(row, key);
    if (value != nullptr && value->is_null()) row.erase(key);
    if (value != nullptr && !value->is_string() && !value->is_null() &&
        std::string_view(key) != "history") {
      return wants(row, "instruction", key, origin);
    }
  }
  return row;
}

Result<Json> map_reference(Json row, std::string_view key, const Origin& origin) {
  const Json* const value = find(row, key);
  if (value == nullptr) return lacks(row, key, key, origin);
  if (value->is_string() || value->is_object()) return row;
  return problem(origin.text(),
                 text("\"{}\" is a value of type {}; a file's name or an object that "
                      "describes it was expected",
                      key, std::string_view(value->type_name())));
}

void add_tag(Tags& tags, std::string_view name, std::string_view value) {
  const std::array<std::pair<std::string_view, std::string*>, 7> known = {{
      {"role_tag", &tags.role_tag},
      {"content_tag", &tags.content_tag},
      {"user_tag", &tags.user_tag},
      {"assistant_tag", &tags.assistant_tag},
      {"observation_tag", &tags.observation_tag},
      {"function_tag", &tags.function_tag},
      {"system_tag", &tags.system_tag},
  }};
  std::vector<std::string_view> names;
  for (const auto& [tag, place] : known) {
    if (tag == name) {
      *place = value;
      return;
    }
    names.push_back(tag);
  }
  throw UsageError("row_tags: {}", unknown_name("tag", name, names));
}

Tags tags_of(std::string_view stated) {
  Tags tags;
  while (!stated.empty()) {
    const std::size_t comma = std::min(stated.find(','), stated.size());
    std::string_view one = stated.substr(0, comma);
    stated.remove_prefix(std::min(comma + 1, stated.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    const std::size_t equals = one.find('=');
    if (equals == std::string_view::npos) {
      throw UsageError("row_tags: \"{}\" has no =; write role_tag=speaker, user_tag=kunde", one);
    }
    add_tag(tags, one.substr(0, equals), one.substr(equals + 1));
  }
  return tags;
}

}  // namespace

Mapping::Mapping(const SourceConfig& config)
    : form_(config.row_form), tags_(tags_of(config.row_tags)), labels_(config.labels) {
  for (const std::string& one : config.columns) {
    const std::size_t equals = one.find('=');
    if (equals == std::string::npos || equals + 1 == one.size()) {
      throw UsageError("columns: \"{}\" is no pair; write fettle's key = the source's: label=stars",
                       one);
    }
    const std::string key = one.substr(0, equals);
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
      throw UsageError("columns: {}", unknown_name("key", key, kKeys));
    }
    for (const auto& [other, column] : columns_) {
      if (other == key) throw UsageError("columns names the key \"{}\" twice; name it once", key);
    }
    columns_.emplace_back(key, one.substr(equals + 1));
  }
}

std::string_view Mapping::find_form(const Json& row) {
  if (has(row, "preferred_output") && has(row, "non_preferred_output")) return "preference";
  if (!name_in(row, "chosen").empty() && !name_in(row, "rejected").empty()) return "preference";
  if (!name_in(row, "messages").empty()) return has(row, "kto_tag") ? "kto" : "chat";
  if (has(row, "image")) return "image";
  if (has(row, "audio")) return "audio";
  if (has(row, "instruction") && has(row, "output"))
    return has(row, "kto_tag") ? "kto" : "instruction";
  const bool pair = !name_in(row, "prompt").empty() && !name_in(row, "completion").empty();
  if (pair) {
    const Json* const label = find(row, "label");
    return label != nullptr && label->is_boolean() ? "kto" : "prompt_completion";
  }
  if (name_in(row, "text").empty()) return {};
  return name_in(row, "label").empty() ? "text" : "classification";
}

Result<Json> Mapping::name_label(Json row, const Origin& origin) const {
  const auto found = labels_.empty() ? row.end() : row.find("label");
  if (found == row.end()) return row;
  const std::vector<std::string_view> known(labels_.begin(), labels_.end());
  std::int64_t number = -1;
  if (found->is_string()) {
    const std::string& name = found->get_ref<const std::string&>();
    if (std::find(known.begin(), known.end(), name) != known.end()) return row;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) {
      return problem(origin.text(), unknown_name("label", name, known));
    }
  } else if (found->is_number_integer() && *found >= 0 && *found < labels_.size()) {
    number = found->get<std::int64_t>();
  }
  if (number < 0 || number >= static_cast<std::int64_t>(labels_.size())) {
    return problem(origin.text(), text("\"label\" is {}; the {} labels are numbered 0 to {}: {}",
                                       to_text(*found).substr(0, 64), labels_.size(),
                                       labels_.size() - 1, join(known, ", ")));
  }
  *found = labels_[static_cast<std::size_t>(number)];
  return row;
}

Result<Json> Mapping::map_form(Json row, std::string_view form, const Origin& origin) const {
  if (form == "chat" || form == "kto" || form == "preference") {
    rename(row, name_in(row, "messages"), "messages");
    if (form == "chat") return map_chat(std::move(row), tags_, origin);
    rename(row, name_in(row, "chosen"), "chosen");
    rename(row, name_in(row, "rejected"), "rejected");
    if (form == "preference") return map_preference(std::move(row), tags_, origin);
    if (!has(row, "instruction")) rename(row, name_in(row, "prompt"), "prompt");
    rename(row, name_in(row, "completion"), "completion");
    return map_kto(std::move(row), tags_, origin);
  }
  if (form == "instruction") return map_instruction(std::move(row), origin);
  if (form == "image" || form == "audio") {
    Result<Json> mapped = map_reference(std::move(row), form, origin);
    return mapped ? name_label(std::move(*mapped), origin) : mapped;
  }
  if (form == "prompt_completion") {
    rename(row, name_in(row, "prompt"), "prompt");
    rename(row, name_in(row, "completion"), "completion");
    return map_pair(std::move(row), tags_, origin);
  }
  if (form == "text") return map_texts(std::move(row), form, {"text"}, origin);
  Result<Json> mapped = map_texts(std::move(row), form, {"text", "label"}, origin);
  return mapped ? name_label(std::move(*mapped), origin) : mapped;
}

Result<Json> Mapping::map(Json row, const Origin& origin) const {
  if (!row.is_object()) {
    return problem(origin.text(), text("the row is a value of type {}; an object was expected",
                                       std::string_view(row.type_name())));
  }
  for (const auto& [key, column] : columns_) {
    if (has(row, column)) rename(row, std::string(column), key);
  }
  if (form_ == "other") return row;
  const std::string_view form = form_ == "auto" ? find_form(row) : std::string_view(form_);
  if (!form.empty()) return map_form(std::move(row), form, origin);
  return problem(origin.text(),
                 text("the keys {} fit no form of row; known: messages (chat), instruction and "
                      "output, prompt and completion, text and label (classification), prompt, "
                      "chosen and rejected (preference), text, image, audio: name the keys with "
                      "`columns` (text=body), or state row_form: other",
                      keys_of(row)));
}

}  // namespace fettle::data::collect
