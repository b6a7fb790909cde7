// A record of a file (an object of keys and values) becomes a Row. The form is found by looking at
// the keys, unless the recipe states it.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "data/config.h"
#include "data/row.h"

namespace fettle::data {

// The form of a record of these keys: "chat", "instruction", "prompt_completion", "classification"
// or "text"; a Problem naming the keys found and those of each form otherwise.
[[nodiscard]] Result<std::string> find_form(const Json& record, const DataConfig& config,
                                            const Origin& origin);

// The row that `record` holds, ready for training; a Problem says what is missing or wrong. `form`
// is one of find_form's.
[[nodiscard]] Result<Row> read_row(const Json& record, std::string_view form,
                                   const DataConfig& config, const Origin& origin);

// A chat row: [system], user (instruction, blank line, body), assistant (label).
[[nodiscard]] Row classification_row(const DataConfig& config, std::string_view instruction,
                                     std::string_view body, std::string_view label);

}  // namespace fettle::data
