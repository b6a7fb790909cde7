#include "recipe/option_values.h"

#include <algorithm>
#include <set>

#include "base/format.h"
#include "base/nearest.h"
#include "recipe/value.h"

namespace fettle::recipe {
namespace {

FieldType option_type(data::Option::Type type) {
  switch (type) {
    case data::Option::Type::kBool:
      return FieldType::kBool;
    case data::Option::Type::kInteger:
      return FieldType::kInteger;
    case data::Option::Type::kNumber:
      return FieldType::kNumber;
    case data::Option::Type::kText:
      return FieldType::kText;
    case data::Option::Type::kList:
      return FieldType::kList;
  }
  return FieldType::kText;
}

FieldValue value_of(const Json& json, FieldType type) {
  if (json.is_null()) return std::monostate{};
  switch (type) {
    case FieldType::kBool:
      return json.get<bool>();
    case FieldType::kInteger:
      return json.get<std::int64_t>();
    case FieldType::kNumber:
      return json.get<double>();
    case FieldType::kText:
      return json.get<std::string>();
    case FieldType::kList:
      return json.get<std::vector<std::string>>();
  }
  return std::monostate{};
}

bool is_among(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

FieldInfo field_of(const data::Option& option) {
  const FieldType type = option_type(option.type);
  return {.section = {},
          .name = option.name,
          .type = type,
          .optional = option.optional,
          .value = value_of(option.usual, type),
          .rule = option.rule};
}

Json value_json(const FieldValue& value) {
  return std::visit(
      [](const auto& held) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
          return nullptr;
        } else {
          return held;
        }
      },
      value);
}

std::string json_yaml(const Json& value) {
  if (value.is_string()) return yaml_scalar(value.get<std::string>());
  if (value.is_number_float()) return number_text(value.get<double>());
  if (!value.is_array()) return to_text(value);
  std::vector<std::string> parts;
  for (const Json& one : value) parts.push_back(json_yaml(one));
  return "[" + join(parts, ", ") + "]";
}

const data::Option* option_named(std::span<const data::Option> options, std::string_view key) {
  for (const data::Option& option : options) {
    if (option.name == key) return &option;
  }
  for (const data::Option& option : options) {
    if (is_among(option.rule.aliases, key)) return &option;
  }
  return nullptr;
}

std::string unknown_option(std::span<const data::Option> options, std::string_view key,
                           std::string_view owner) {
  std::vector<std::string_view> known;
  for (const data::Option& option : options) known.push_back(option.name);
  std::string out =
      text("unknown key {} of {}", to_text(Json(std::string(key.substr(0, 128)))), owner);
  if (const std::string_view meant = nearest(key, known); !meant.empty()) {
    return out + text(": did you mean \"{}\"?", meant);
  }
  return out + (known.empty() ? "; it has none" : text("; known: {}", join(known, ", ")));
}

Place OptionReader::at(int line) const { return {line, text("{}:{}", file_, line)}; }

void OptionReader::set(std::span<const data::Option> options, std::string_view key,
                       const YamlNode& value, std::string_view owner, const Place& place,
                       Json& values) {
  const data::Option* const option = option_named(options, key);
  if (option == nullptr) return findings_.add(place, unknown_option(options, key, owner));
  auto converted = convert(field_of(*option), value);
  if (!converted) {
    return findings_.add(place, text("{}: {}", owner, converted.error()));
  }
  values[std::string(option->name)] = value_json(converted->value);
}

Json OptionReader::read(std::span<const data::Option> options, const YamlNode& node,
                        std::string_view owner) {
  Json values = Json::object();
  for (const data::Option& option : options) values[std::string(option.name)] = option.usual;
  std::set<std::string_view> given;
  for (const auto& [key, value] : node.members) {
    const data::Option* const option = option_named(options, key.name);
    if (option != nullptr && !given.insert(option->name).second) {
      findings_.add(at(key.line), text("{}: {} is given twice; keep one", owner, option->name));
      continue;
    }
    set(options, key.name, value, owner, at(key.line), values);
  }
  for (const data::Option& option : options) {
    if (!option.rule.required || given.contains(option.name)) continue;
    findings_.add(at(node.line), text("{} lacks \"{}\": {}", owner, option.name, option.rule.help));
  }
  return values;
}

}  // namespace fettle::recipe
