// "did you mean": the known name nearest to a misspelt one, and the lookup in tables of names.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fettle {

// Damerau-Levenshtein distance (adjacent swaps count one), in bytes.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of `known` if it is near enough to be meant, else empty.
[[nodiscard]] std::string_view nearest(std::string_view name,
                                       std::span<const std::string_view> known);

// `"lerning_rate" is not known; did you mean "learning_rate"? Known: ...`
[[nodiscard]] std::string unknown_name(std::string_view kind, std::string_view name,
                                       std::span<const std::string_view> known);

// The row of `table` whose .name equals `name`; throws UsageError with unknown_name() otherwise.
template <class Table>
[[nodiscard]] const auto& row_named(const Table& table, std::string_view kind,
                                    std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& row : table) {
    if (row.name == name) return row;
    known.push_back(row.name);
  }
  throw UsageError("{}", unknown_name(kind, name, known));
}

}  // namespace fettle
