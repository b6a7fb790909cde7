// Parquet and Arrow IPC files, read by Arrow's C++ in a module of its own (arrow/): it is loaded
// when the first such file is opened, since linking it would add 40 ms to every start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"

namespace fettle::data::collect {

struct TableFileOptions {
  std::filesystem::path path;
  std::string name;       // as rows' origins say it
  bool parquet = true;    // else Arrow IPC, the file or the stream format
  std::int64_t skip = 0;  // rows before the first one
  // Numbers of classes become their names where the file holds Hugging Face's features.
  bool name_classes = true;
};

class TableFile {
 public:
  virtual ~TableFile() = default;
  // The next row as an object; false at the end. Throws DataError for a damaged file, and when a
  // batch needs more than kMaxTableMemory.
  [[nodiscard]] virtual bool next(Json& row) = 0;
};

inline constexpr std::int64_t kMaxTableMemory = std::int64_t{1} << 30;

// What the module exports under this name.
inline constexpr const char* kOpenTableSymbol = "fettle_open_table";
using OpenTable = TableFile*(const TableFileOptions& options);

// Loads the module and opens the file; throws DataError when the module or Arrow is missing.
[[nodiscard]] std::unique_ptr<TableFile> open_table(const TableFileOptions& options);

}  // namespace fettle::data::collect
