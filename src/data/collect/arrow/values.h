// Values of Arrow's arrays as JSON.
#pragma once

#include <arrow/api.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"

namespace fettle::data::collect {

// Names of classes by column: Hugging Face's features in the schema's metadata.
using ClassNames = std::map<std::string, std::vector<std::string>>;
[[nodiscard]] ClassNames class_names(const arrow::Schema& schema);

// Throws DataError when the schema nests deeper than JSON may.
void check_depth(const arrow::Schema& schema, const std::string& name);

// Bytes are not copied: {"file", "row", "column", "bytes"} says where they are and how many.
struct Cell {
  const std::string& file;
  std::int64_t row = 0;
  std::string column;
};
[[nodiscard]] Json value_at(const arrow::Array& array, std::int64_t index, const Cell& cell);

}  // namespace fettle::data::collect
