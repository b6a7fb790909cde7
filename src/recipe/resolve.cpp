#include "recipe/resolve.h"

#include <algorithm>

#include "base/format.h"
#include "base/json.h"
#include "base/nearest.h"

namespace fettle::recipe {
namespace {

std::string in_quotes(std::string_view word) {
  return to_text(Json(std::string(word.substr(0, 128))));
}

bool holds(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view trimmed(std::string_view word) {
  const std::size_t first = word.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return word.substr(first, word.find_last_not_of(" \t") - first + 1);
}

YamlNode scalar_node(std::string_view word) {
  return {.kind = YamlNode::Kind::kScalar, .scalar = std::string(word)};
}

// "a, b" as a list of its parts; "" is the empty list.
YamlNode list_node(std::string_view words) {
  YamlNode list{.kind = YamlNode::Kind::kList};
  while (!words.empty()) {
    const std::size_t comma = std::min(words.find(','), words.size());
    list.items.push_back(scalar_node(trimmed(words.substr(0, comma))));
    words.remove_prefix(std::min(comma + 1, words.size()));
  }
  return list;
}

// The value of a --set argument: text as it stands, except for lists and for nothing.
Result<YamlNode> argument_node(const FieldInfo& field, std::string_view value) {
  if (field.type == FieldType::kList) {
    if (value.starts_with('[')) return parse_yaml(value, "--set");
    return list_node(value);
  }
  const bool empty_text = value.empty() && field.type == FieldType::kText && !field.optional;
  if (!empty_text && (value.empty() || value == "null" || value == "~")) return YamlNode{};
  return scalar_node(value);
}

}  // namespace

Resolver::Resolver(const FieldTable& table, std::string name, Findings& findings)
    : table_(table), name_(std::move(name)), findings_(findings) {}

Place Resolver::place(int line) const { return {line, text("{}:{}", name_, line)}; }

bool Resolver::is_section(std::string_view name) const {
  return std::any_of(table_.sections.begin(), table_.sections.end(),
                     [&](const SectionInfo& section) { return section.name == name; });
}

std::vector<Resolver::Match> Resolver::matches(std::string_view section,
                                               std::string_view key) const {
  std::vector<Match> own;
  std::vector<Match> other;
  for (const FieldInfo& field : table_.fields) {
    if (!section.empty() && field.section != section) continue;
    if (field.name == key) own.push_back({&field, false});
    if (holds(field.rule.aliases, key)) other.push_back({&field, false});
    if (holds(field.rule.opposites, key)) other.push_back({&field, true});
  }
  return own.empty() ? other : own;
}

std::string Resolver::unknown(std::string_view section, std::string_view key) const {
  const std::vector<Match> elsewhere = matches({}, key);
  if (!elsewhere.empty()) {
    return text("key {} belongs to section \"{}\", not to \"{}\"", in_quotes(key),
                elsewhere.front().field->section, section);
  }
  std::vector<std::string_view> here;
  std::vector<std::string_view> all;
  for (const FieldInfo& field : table_.fields) {
    all.push_back(field.name);
    if (section.empty() || field.section == section) here.push_back(field.name);
  }
  std::string out = text("unknown key {}", in_quotes(key));
  if (const std::string_view meant = nearest(key, here); !meant.empty()) {
    return out + text(": did you mean \"{}\"?", meant);
  }
  if (const std::string_view meant = nearest(key, all); !meant.empty()) {
    return out + text(": did you mean \"{}\" of section \"{}\"?", meant,
                      matches({}, meant).front().field->section);
  }
  if (section.empty()) return out + "; `fettle show fields` lists the known ones";
  return out + text(" in section \"{}\"; known: {}", section, join(here, ", "));
}

void Resolver::read(const YamlNode& root) {
  if (root.kind != YamlNode::Kind::kMap) {
    findings_.add(place(root.line), "a recipe is a map of keys and values, such as \"model: ...\"");
    return;
  }
  for (const auto& [key, node] : root.members) {
    if (findings_.full()) return;
    const bool has_keys = node.kind == YamlNode::Kind::kMap || node.kind == YamlNode::Kind::kNull;
    if (is_section(key.name) && (has_keys || matches({}, key.name).empty())) {
      read_section(key.name, node);
    } else if (node.kind == YamlNode::Kind::kMap && matches({}, key.name).empty()) {
      std::vector<std::string_view> names;
      for (const SectionInfo& section : table_.sections) names.push_back(section.name);
      findings_.add(place(key.line), unknown_name("section", key.name, names));
    } else {
      read_key({}, key, node);
    }
  }
}

void Resolver::read_section(std::string_view section, const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kNull) return;
  if (node.kind != YamlNode::Kind::kMap) {
    findings_.add(place(node.line),
                  text("section \"{}\" must hold keys and values, indented below it", section));
    return;
  }
  for (const auto& [key, value] : node.members) {
    if (findings_.full()) return;
    read_key(section, key, value);
  }
}

void Resolver::read_key(std::string_view section, const YamlKey& key, const YamlNode& node) {
  const Place where = place(key.line);
  const Match match = find(section, key.name, where);
  if (match.field == nullptr) return;
  add({match.field, key.name, match.opposite, node, where});
}

Resolver::Match Resolver::find(std::string_view section, std::string_view key, const Place& where) {
  const std::vector<Match> found = matches(section, key);
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    findings_.add(where, unknown(section, key));
  } else {
    std::vector<std::string> paths;
    for (const Match& match : found) paths.push_back(match.field->path());
    findings_.add(where, text("key {} stands for several: {}; write one of them", in_quotes(key),
                              join(paths, ", ")));
  }
  return {nullptr, false};
}

void Resolver::add(Entry entry) {
  const auto [at, added] = entries_.emplace(entry.field->path(), entry);
  if (added) return;
  const Entry& first = at->second;
  findings_.add(entry.place, text("{} is given twice, first as {} on line {}; keep one",
                                  entry.field->name, in_quotes(first.key), first.place.line));
}

void Resolver::set(std::string_view argument) {
  const Place where{Place::kAfterAll, text("--set {}", argument.substr(0, 256))};
  const std::size_t equals = argument.find('=');
  if (equals == std::string_view::npos) {
    findings_.add(where, "must be key=value, such as learning_rate=1e-4");
    return;
  }
  std::string_view key = trimmed(argument.substr(0, equals));
  std::string_view section;
  if (const std::size_t dot = key.find('.'); dot != std::string_view::npos) {
    section = key.substr(0, dot);
    key.remove_prefix(dot + 1);
    if (!is_section(section)) {
      findings_.add(where, text("unknown section {}", in_quotes(section)));
      return;
    }
  }
  const Match match = find(section, key, where);
  if (match.field == nullptr) return;
  auto node = argument_node(*match.field, trimmed(argument.substr(equals + 1)));
  if (!node) {
    findings_.add(where, node.error().what);
    return;
  }
  entries_.insert_or_assign(match.field->path(),
                            Entry{match.field, std::string(key), match.opposite, *node, where});
}

}  // namespace fettle::recipe
