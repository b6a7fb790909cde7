#include "recipe/load.h"

#include <map>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "recipe/check.h"
#include "recipe/field_info.h"
#include "recipe/findings.h"
#include "recipe/resolve.h"
#include "recipe/value.h"
#include "recipe/yaml.h"

namespace fettle::recipe {
namespace {

constexpr YamlLimits kLimits;

std::map<std::string, FieldValue> convert_all(const Resolver& resolver, Findings& findings,
                                              Findings& notes) {
  std::map<std::string, FieldValue> values;
  for (const auto& [path, entry] : resolver.entries()) {
    auto converted = convert(*entry.field, entry.node);
    if (!converted) {
      findings.add(entry.place, entry.key == entry.field->name
                                    ? converted.error()
                                    : text("{} (written {})", converted.error(), entry.key));
      continue;
    }
    if (entry.key != entry.field->name) {
      notes.add(entry.place, text("\"{}\" is read as {}\"{}\"", entry.key,
                                  entry.opposite ? "the opposite of " : "", entry.field->name));
    }
    for (std::string& note : converted->notes) notes.add(entry.place, std::move(note));
    if (bool* flag = std::get_if<bool>(&converted->value); flag != nullptr && entry.opposite) {
      *flag = !*flag;
    }
    values.emplace(path, std::move(converted->value));
  }
  return values;
}

void report_missing(const FieldTable& table, const Resolver& resolver, std::string_view name,
                    Findings& findings) {
  for (const FieldInfo& field : table.fields) {
    if (!field.rule.required || resolver.entries().contains(field.path())) continue;
    findings.add(
        {Place::kNoLine, std::string(name)},
        text("section \"{}\" lacks \"{}\": {}", field.section, field.name, field.rule.help));
  }
}

void report_conflicts(const Recipe& recipe, const Resolver& resolver, std::string_view name,
                      Findings& findings) {
  for (const Conflict& conflict : check(recipe)) {
    const auto entry = resolver.entries().find(conflict.path);
    findings.add(entry == resolver.entries().end() ? Place{Place::kNoLine, std::string(name)}
                                                   : entry->second.place,
                 conflict.what);
  }
}

}  // namespace

Loaded read_recipe(std::string_view source, std::string_view name,
                   std::span<const std::string> overrides) {
  const Result<YamlNode> root = parse_yaml(source, name, kLimits);
  if (!root) throw UsageError("{}", root.error().message());
  Findings findings;
  Findings notes;
  Loaded out;
  const FieldTable table = describe(out.recipe);
  Resolver resolver(table, std::string(name), findings);
  resolver.read(*root);
  for (const std::string& argument : overrides) resolver.set(argument);
  const auto values = convert_all(resolver, findings, notes);
  assign(out.recipe, values);
  report_missing(table, resolver, name, findings);
  // Values that could not be read would only cause conflicts that are not there.
  if (findings.empty()) report_conflicts(out.recipe, resolver, name, findings);
  if (!findings.empty()) throw UsageError("{}", findings.report());
  out.notes = notes.lines();
  return out;
}

Loaded load_recipe(const std::filesystem::path& path, std::span<const std::string> overrides) {
  // Above the recipe's own limit, so that a large file is refused in the recipe's words.
  const std::string source = read_file(path, std::uint64_t{1} << 26);
  Loaded out = read_recipe(source, path.string(), overrides);
  std::string& folder = out.recipe.train.loop.output_dir;
  if (folder.empty()) folder = "runs/" + path.stem().string();
  return out;
}

std::string dump_recipe(const Recipe& recipe) {
  const FieldTable table = describe(recipe);
  std::string out;
  std::string_view section;
  for (const FieldInfo& field : table.fields) {
    if (field.section != section) {
      section = field.section;
      out += text("{}{}:\n", out.empty() ? "" : "\n", section);
    }
    out += text("  {}: {}\n", field.name, value_text(field.value));
  }
  return out;
}

}  // namespace fettle::recipe
