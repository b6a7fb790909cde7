// What the stages of this folder observe of each row: a few short texts (a label, a group, a
// source), kept as numbers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/record.h"
#include "data/stage.h"

namespace fettle::data {

// The value of `key`: "label" (label_of), "source" (its number), or a member of the row or of its
// notes as text; empty where there is none.
[[nodiscard]] std::string value_of(const Record& record, std::string_view key);

// Appends a value so that take_value() reads it back.
void put_value(std::string_view value, std::string& out);
// Throws InternalError when nothing is left.
[[nodiscard]] std::string_view take_value(std::string_view& bytes);

// Values by number in the order of their first appearance.
class Values {
 public:
  std::uint32_t number(std::string_view value);
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

// True when `part` is one of `parts`, or `parts` is empty, or the row is in no part.
[[nodiscard]] inline bool in_parts(std::string_view part, const std::vector<std::string>& parts) {
  return part.empty() || parts.empty() ||
         std::find(parts.begin(), parts.end(), part) != parts.end();
}

}  // namespace fettle::data
