// Values of a record under the recipe's column names or the usual ones, and what is said when they
// are missing or of another type.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "data/row.h"

namespace fettle::data {

using Names = std::initializer_list<const char*>;

struct Found {
  std::string key;
  const Json* value = nullptr;  // null: the record has no such key
};

// The value under the recipe's column name, or under the first usual name that the record has.
[[nodiscard]] Found look(const Json& record, const std::string& column, Names usual);

// The record's keys as "a, b, c"; the first 20 of many.
[[nodiscard]] std::string keys_of(const Json& record);

[[nodiscard]] tl::unexpected<Problem> lacks(const Json& record, std::string_view key,
                                            std::string_view form, const Origin& origin);

[[nodiscard]] tl::unexpected<Problem> no_text(const Found& found, const Origin& origin);

// The text under a key that may be absent or null: empty then.
[[nodiscard]] Result<std::string> optional_text(const Found& found, const Origin& origin);

}  // namespace fettle::data
