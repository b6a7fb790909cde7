// Options of stages and sources (data/option.h) read with the recipes' own rules for values.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "data/option.h"
#include "recipe/field_info.h"
#include "recipe/findings.h"
#include "recipe/yaml.h"

namespace fettle::recipe {

[[nodiscard]] FieldInfo field_of(const data::Option& option);
[[nodiscard]] Json value_json(const FieldValue& value);
// On one line of YAML.
[[nodiscard]] std::string json_yaml(const Json& value);

// The option that `key` names, by its own name or another trainer's; nullptr when there is none.
[[nodiscard]] const data::Option* option_named(std::span<const data::Option> options,
                                               std::string_view key);

// "unknown option "treshold" of near_duplicates: did you mean "threshold"?"
[[nodiscard]] std::string unknown_option(std::span<const data::Option> options,
                                         std::string_view key, std::string_view owner);

// The options' defaults, with what the map `node` says; every problem goes to `findings`.
class OptionReader {
 public:
  OptionReader(std::string file, Findings& findings)
      : file_(std::move(file)), findings_(findings) {}
  [[nodiscard]] Json read(std::span<const data::Option> options, const YamlNode& node,
                          std::string_view owner);
  // One key with its value into `values`.
  void set(std::span<const data::Option> options, std::string_view key, const YamlNode& value,
           std::string_view owner, const Place& place, Json& values);
  [[nodiscard]] Place at(int line) const;

 private:
  std::string file_;
  Findings& findings_;
};

}  // namespace fettle::recipe
