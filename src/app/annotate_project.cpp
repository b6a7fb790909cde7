#include "app/annotate_project.h"

#include <map>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "base/nearest.h"
#include "data/annotate/task.h"
#include "recipe/findings.h"
#include "recipe/value.h"

namespace fettle::app {
namespace {

using recipe::FieldType;
using recipe::FieldValue;

template <class T>
FieldType type_of() {
  if constexpr (std::is_same_v<T, bool>) return FieldType::kBool;
  if constexpr (std::is_same_v<T, std::int64_t>) return FieldType::kInteger;
  if constexpr (std::is_same_v<T, double>) return FieldType::kNumber;
  if constexpr (std::is_same_v<T, std::string>) return FieldType::kText;
  return FieldType::kList;
}

std::vector<recipe::FieldInfo> fields_of(data::ProjectConfig config) {
  std::vector<recipe::FieldInfo> out;
  const auto add = [&](std::string_view name, auto& member, const FieldRule& rule) {
    out.push_back({.section = "project",
                   .name = name,
                   .type = type_of<std::decay_t<decltype(member)>>(),
                   .optional = false,
                   .value = member,
                   .rule = rule});
  };
  config.fields(add);
  return out;
}

class Reader {
 public:
  void read(const recipe::YamlKey& key, const recipe::YamlNode& node, const recipe::Place& place) {
    for (const recipe::FieldInfo& field : fields_) {
      if (field.name != key.name) continue;
      auto converted = recipe::convert(field, node);
      if (!converted) return findings_.add(place, converted.error());
      if (!values_.emplace(key.name, std::move(converted->value)).second) {
        findings_.add(place, text("\"{}\" is given twice; keep one", key.name));
      }
      return;
    }
    std::vector<std::string_view> known;
    for (const recipe::FieldInfo& field : fields_) known.push_back(field.name);
    findings_.add(place, unknown_name("key", key.name.substr(0, 100), known));
  }

  [[nodiscard]] data::ProjectConfig finish(const std::string& name) {
    data::ProjectConfig config;
    const auto assign = [&](std::string_view key, auto& member, const FieldRule&) {
      const auto found = values_.find(std::string(key));
      if (found == values_.end()) return;
      member = std::get<std::decay_t<decltype(member)>>(found->second);
    };
    config.fields(assign);
    const recipe::Place whole{recipe::Place::kNoLine, name};
    if (findings_.empty() && config.task.empty()) {
      findings_.add(whole, "lacks \"task\": what is asked of each row");
    }
    if (findings_.empty()) {
      for (std::string& what : data::check_project(config)) findings_.add(whole, std::move(what));
    }
    if (!findings_.empty()) throw UsageError("{}", findings_.report());
    return config;
  }

  [[nodiscard]] recipe::Findings& findings() { return findings_; }

 private:
  std::vector<recipe::FieldInfo> fields_ = fields_of({});
  std::map<std::string, FieldValue> values_;
  recipe::Findings findings_;
};

std::string allowed(const recipe::FieldInfo& field) {
  return field.rule.choices.empty() ? recipe::range_text(field.rule)
                                    : join(field.rule.choices, ", ");
}

}  // namespace

data::ProjectConfig read_project(const fs::path& file) {
  const std::string source = read_file(file, std::uint64_t{1} << 26);
  const auto root = recipe::parse_yaml(source, file.string());
  if (!root) throw UsageError("{}", root.error().message());
  if (root->kind != recipe::YamlNode::Kind::kMap) {
    throw UsageError("{}: a map of keys and values was expected", file);
  }
  Reader reader;
  for (const auto& [key, node] : root->members) {
    reader.read(key, node, {key.line, text("{}:{}", file, key.line)});
  }
  return reader.finish(file.string());
}

data::ProjectConfig project_of(std::span<const std::string> arguments) {
  Reader reader;
  for (const std::string& argument : arguments) {
    const recipe::Place place{recipe::Place::kAfterAll, "--set " + argument.substr(0, 100)};
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos) {
      reader.findings().add(place, "is not key=value");
      continue;
    }
    const auto node = recipe::parse_yaml(argument.substr(equals + 1), place.name);
    if (!node) {
      reader.findings().add(place, node.error().what);
      continue;
    }
    reader.read({argument.substr(0, equals), 0}, *node, place);
  }
  return reader.finish("the new project");
}

std::string project_yaml(const data::ProjectConfig& config) {
  std::string out = "# An annotation project: fettle annotate --keys explains the keys.\n";
  for (const recipe::FieldInfo& field : fields_of(config)) {
    out += text("{}: {}\n", field.name, recipe::value_text(field.value));
  }
  return out;
}

std::string project_keys() {
  std::string out = "| key | default | allowed | means |\n|---|---|---|---|\n";
  for (const recipe::FieldInfo& field : fields_of({})) {
    out += text("| `{}` | {} | {} | {} |\n", field.name,
                field.rule.required ? "(needed)" : "`" + recipe::value_text(field.value) + "`",
                allowed(field), field.rule.help);
  }
  return out;
}

}  // namespace fettle::app
