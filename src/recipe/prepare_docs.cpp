#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "recipe/option_values.h"
#include "recipe/prepare.h"
#include "recipe/value.h"

namespace fettle::recipe {
namespace {

std::string allowed_values(const FieldInfo& field) {
  if (!field.rule.choices.empty()) return join(field.rule.choices, ", ");
  const std::string range = range_text(field.rule);
  return range.empty() ? std::string(type_name(field.type))
                       : text("{}, {}", type_name(field.type), range);
}

void add_options(const std::vector<data::Option>& options, std::string_view indent,
                 std::string& out) {
  std::size_t width = 0;
  for (const data::Option& option : options) width = std::max(width, option.name.size());
  for (const data::Option& option : options) {
    const FieldInfo field = field_of(option);
    const std::string usual = option.rule.required     ? "required"
                              : option.usual.is_null() ? "not given"
                                                       : value_text(field.value);
    out += text("{}{}{}  {}\n", indent, option.name, std::string(width - option.name.size(), ' '),
                option.rule.help);
    out += text("{}{}  {}; default: {}\n", indent, std::string(width, ' '), allowed_values(field),
                usual);
  }
}

void add_json(const std::vector<data::Option>& options, std::string_view section, Json& out) {
  for (const data::Option& option : options) {
    const FieldInfo field = field_of(option);
    Json row = {{"section", section},
                {"key", option.name},
                {"type", type_name(field.type)},
                {"default", option.usual},
                {"required", option.rule.required},
                {"choices", option.rule.choices},
                {"aliases", option.rule.aliases},
                {"help", option.rule.help}};
    if (std::isfinite(option.rule.min)) row["min"] = option.rule.min;
    if (std::isfinite(option.rule.max)) row["max"] = option.rule.max;
    out.push_back(std::move(row));
  }
}

}  // namespace

std::string prepare_fields_text(const PrepareTables& tables) {
  std::string out = "sources: a list, each with\n";
  add_options(tables.source_options, "  ", out);
  out +=
      "\nmodels: local (a model on this machine: perplexity, classes, vectors, texts) and server\n"
      "(an OpenAI-compatible address, which writes texts where there is one)\n  local:\n";
  add_options(tables.local_options, "    ", out);
  out += "  server:\n";
  add_options(tables.server_options, "    ", out);
  out +=
      "\nstages: a list, done in its order; a section `split` or `balance` is the stage split or\n"
      "resample after them\n";
  for (const StageInfo& stage : tables.stages) {
    out += text("  {}: {}{}\n", stage.name, stage.help,
                stage.source.empty() ? "" : text(" ({})", stage.source));
    add_options(stage.options, "    ", out);
  }
  out += "\noutput: where the rows go and what the work may cost\n";
  add_options(data::options_of<OutputConfig>(), "  ", out);
  return out;
}

Json prepare_fields_json(const PrepareTables& tables) {
  Json out = Json::array();
  add_json(tables.source_options, "sources", out);
  add_json(tables.local_options, "models.local", out);
  add_json(tables.server_options, "models.server", out);
  for (const StageInfo& stage : tables.stages) {
    add_json(stage.options, text("stages.{}", stage.name), out);
  }
  add_json(data::options_of<OutputConfig>(), "output", out);
  return out;
}

}  // namespace fettle::recipe
