// A YAML value as a field's value, checked against the field's rule. The traps of YAML 1.1 have
// clear answers: 1e-4 is a number, 1_000, 0x10, 010 and 1:30 are not; yes, no, on and off are
// booleans for fields that are booleans and words for all others.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "recipe/field_info.h"
#include "recipe/yaml.h"

namespace fettle::recipe {

struct Converted {
  FieldValue value;
  std::vector<std::string> notes;  // other trainers' words that were understood
};

// The error is one sentence that names the field, the value and what is allowed.
[[nodiscard]] tl::expected<Converted, std::string> convert(const FieldInfo& field,
                                                           const YamlNode& node);

// A value as YAML on one line, and as people read it in a table.
[[nodiscard]] std::string value_text(const FieldValue& value);

}  // namespace fettle::recipe
