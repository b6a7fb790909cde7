// JSON that keeps the order of keys, read with limits: depth, duplicate keys, UTF-8 and numbers are
// checked while reading, so that hostile text cannot exhaust the stack. RFC 8259.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fettle {

// Keeps insertion order. Lookups are linear: iterate large objects, do not index them.
using Json = nlohmann::ordered_json;

struct JsonLimits {
  std::size_t max_depth = 64;
  std::size_t max_bytes = std::size_t{1} << 32;
};

// where names the source in problems ("data.jsonl:17"). Refuses duplicate keys, trailing text,
// nesting over the limit, invalid UTF-8. A byte order mark at the start is skipped.
[[nodiscard]] Result<Json> parse_json(std::string_view source, std::string_view where,
                                      const JsonLimits& limits = {});

// The whole file; throws IoError if it cannot be read and DataError if it is not JSON.
[[nodiscard]] Json read_json_file(const std::filesystem::path& path, const JsonLimits& limits = {});

// Never throws on invalid UTF-8: such bytes become U+FFFD. indent < 0: one line.
[[nodiscard]] std::string to_text(const Json& value, int indent = -1);

// The member `key` of `object`, or nullptr when it is absent or the value is no object.
[[nodiscard]] const Json* find(const Json& object, std::string_view key);

}  // namespace fettle
