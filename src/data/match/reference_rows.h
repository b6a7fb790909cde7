// Rows of evaluation sets, which training rows are compared with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/row.h"

namespace fettle::data {

struct ReferenceRow {
  std::string text;  // every text of the row, in the order of its keys, joined by line ends
  Origin origin;
};

// A file of rows in any format that fettle reads (JSON Lines, JSON, CSV, TSV, plain text with a row
// a line, each also .gz). Throws DataError for a missing file or a bad row.
[[nodiscard]] std::vector<ReferenceRow> read_reference_rows(const std::string& path);

// Every text within a JSON value, in order, joined by line ends. Nesting is the reader's to limit.
[[nodiscard]] std::string all_text(const Json& value);

}  // namespace fettle::data
