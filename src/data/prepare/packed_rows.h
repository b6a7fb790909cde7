// Records between passes: the JSON of the fields as it will be written, and beside it in binary
// what the next pass needs to know without parsing it. Names (files, labels, languages, forms,
// parts) stand once a chunk.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "data/record.h"

namespace fettle::data::prepare {

// Texts of a chunk that many rows share, by number; 0 is the empty text.
class Names {
 public:
  Names() { (void)number(""); }
  explicit Names(const Json& list);
  [[nodiscard]] std::uint32_t number(std::string_view name);
  [[nodiscard]] const std::string& name(std::uint32_t number) const { return list_.at(number); }
  [[nodiscard]] Json json() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>()(name);
    }
  };
  std::vector<std::string> list_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
};

// Characters and words of a record's texts, and of its answers.
struct TextSize {
  std::uint32_t characters = 0;  // code points
  std::uint32_t words = 0;       // runs without ASCII white space
  std::uint32_t answer_words = 0;
};
[[nodiscard]] TextSize size_of(const Json& fields);

struct PackedRow {
  std::uint32_t source = 0;
  std::uint32_t file = 0;  // numbers of Names
  std::uint32_t label = 0;
  std::uint32_t language = 0;
  std::uint32_t form = 0;
  std::uint32_t part = 0;
  std::uint32_t month = 0;  // "2024-05", or "2024"
  std::int64_t line = 0;
  std::uint64_t group = 0;
  TextSize size;
  std::string_view notes;   // JSON
  std::string_view fields;  // JSON
};

void pack(const PackedRow& row, std::string& out);
// Fills all of a packed row but its texts; date_column as in month_of_row().
[[nodiscard]] PackedRow describe(const Record& record, Names& names, std::string_view date_column);
// Calls `visit` with each row of a section. Throws InternalError for bytes that are no rows.
void unpack(std::string_view section, const std::function<void(const PackedRow&)>& visit);
// The record with its fields parsed.
[[nodiscard]] Record to_record(const PackedRow& row, const Names& names);

}  // namespace fettle::data::prepare
