#include "recipe/field_docs.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "base/format.h"
#include "recipe/field_info.h"
#include "recipe/option_values.h"
#include "recipe/value.h"

namespace fettle::recipe {
namespace {

constexpr std::string_view kPageTop = R"(# Recipes

A recipe is a YAML file that says what a run does. This page is written by
`fettle show fields --markdown`; a test fails when the two differ.

```yaml
model:
  model_name_or_path: models/base
data:
  dataset: [train.jsonl]
  val_size: 0.05
train:
  learning_rate: 1e-4
  eval_strategy: epoch
```

- Sections may be left out: a key stands at the top level as well, since no two sections share one.
- `--set key=value` or `--set section.key=value` on the command line replaces what the file says;
  lists are `a,b` or `[a, b]`.
- Unknown keys, wrong types, values out of range and keys that do not go together are reported all
  at once, with their lines, before a model is loaded.
- Whole numbers are written in full (`1000`, not `1_000` or `1e3`), numbers as `0.0001` or `1e-4`,
  booleans as `true` or `false` (`yes`, `no`, `on`, `off` are understood).
- Keys of other trainers in the column of aliases are accepted and reported. One marked with "not"
  means the opposite.
- A recipe is one document of at most 1 MiB in UTF-8, without anchors, aliases and tags.
- The run's folder holds the frozen recipe, with every default filled in.
)";

std::string allowed(const FieldInfo& field) {
  if (!field.rule.choices.empty()) return join(field.rule.choices, ", ");
  const std::string range = range_text(field.rule);
  if (range.empty()) return std::string(type_name(field.type));
  return text("{}, {}", type_name(field.type), range);
}

std::string default_text(const FieldInfo& field) {
  if (field.rule.required) return "required";
  if (std::holds_alternative<std::monostate>(field.value)) return "not given";
  return value_text(field.value);
}

std::vector<std::string> other_names(const FieldInfo& field, std::string_view quote) {
  std::vector<std::string> out;
  for (const auto name : field.rule.aliases) out.push_back(text("{}{}{}", quote, name, quote));
  for (const auto name : field.rule.opposites) {
    out.push_back(text("not {}{}{}", quote, name, quote));
  }
  return out;
}

// A bar would end the table's cell.
std::string cell(std::string_view words) {
  std::string out;
  for (const char c : words) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string markdown_row(const FieldInfo& field) {
  const std::string usual = default_text(field);
  const bool literal = !field.rule.required && !std::holds_alternative<std::monostate>(field.value);
  return text("| `{}` | {} | {} | {} | {} |\n", field.name, cell(allowed(field)),
              literal ? "`" + cell(usual) + "`" : usual, cell(field.rule.help),
              join(other_names(field, "`"), ", "));
}

}  // namespace

std::string fields_text() {
  const FieldTable table = describe(Recipe{});
  std::size_t width = 0;
  for (const FieldInfo& field : table.fields) width = std::max(width, field.name.size());
  std::string out;
  for (const SectionInfo& section : table.sections) {
    out += text("{}{}: {}\n", out.empty() ? "" : "\n", section.name, section.help);
    for (const FieldInfo& field : table.fields) {
      if (field.section != section.name) continue;
      const std::string indent(width + 4, ' ');
      out += text("  {}{}  {}\n", field.name, std::string(width - field.name.size(), ' '),
                  field.rule.help);
      out += text("{}{}; default: {}\n", indent, allowed(field), default_text(field));
      const auto names = other_names(field, "");
      if (!names.empty()) out += text("{}also: {}\n", indent, join(names, ", "));
    }
  }
  return out;
}

Json fields_json() {
  Json out = Json::array();
  for (const FieldInfo& field : describe(Recipe{}).fields) {
    Json row = {{"section", field.section},        {"key", field.name},
                {"type", type_name(field.type)},   {"default", value_json(field.value)},
                {"required", field.rule.required}, {"choices", field.rule.choices},
                {"aliases", field.rule.aliases},   {"opposites", field.rule.opposites},
                {"help", field.rule.help}};
    if (std::isfinite(field.rule.min)) row["min"] = field.rule.min;
    if (std::isfinite(field.rule.max)) row["max"] = field.rule.max;
    out.push_back(std::move(row));
  }
  return out;
}

std::string fields_markdown() {
  const FieldTable table = describe(Recipe{});
  std::string out(kPageTop);
  for (const SectionInfo& section : table.sections) {
    out += text("\n## {}\nThis section says {}.\n\n", section.name, section.help);
    out += "| key | allowed | default | meaning | aliases |\n|---|---|---|---|---|\n";
    for (const FieldInfo& field : table.fields) {
      if (field.section == section.name) out += markdown_row(field);
    }
  }
  return out;
}

}  // namespace fettle::recipe
