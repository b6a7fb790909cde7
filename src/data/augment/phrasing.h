// Texts with places for a row's fields: "Say what {text} is about." {{ and }} are braces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace fettle::data {

class Phrasing {
 public:
  // A Problem names the byte (from 1) where a brace is not closed, not opened, or holds no name of
  // letters, digits and underscores.
  [[nodiscard]] static Result<Phrasing> parse(std::string_view source);

  // Nothing but a Problem when a field is missing or is neither text nor a number.
  [[nodiscard]] Result<std::string> fill(const Json& fields) const;

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> texts_;  // one more than names_: around them
  std::vector<std::string> names_;
};

}  // namespace fettle::data
