// What of a record an annotator sees: {"text" or "messages" or "prompt"+"a"+"b", "fields"}.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "data/annotate/config.h"
#include "data/row.h"

namespace fettle::data {

struct Item {
  Json shown;  // "fields": [[key, text], ...] of show_columns
  Json rest;   // the record's keys that are not shown as text, for the export
};

// A Problem when the record lacks the keys that the task reads, or holds no text there.
[[nodiscard]] Result<Item> make_item(const Json& record, const ProjectConfig& config,
                                     const Origin& origin);

// All that is shown of an item as one text: for n-gram vectors and previews.
[[nodiscard]] std::string item_text(const Json& shown);

// Unicode code points of valid UTF-8.
[[nodiscard]] std::size_t code_points(std::string_view text);
// The part [begin, end) in code points; both within the text.
[[nodiscard]] std::string_view code_point_part(std::string_view text, std::size_t begin,
                                               std::size_t end);

}  // namespace fettle::data
