// When a row says that it was made.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace fettle::data {

// Seconds, or days, or anything that grows with time: a number, or a date "2024-05-01" with or
// without "T12:30:00" and a zone ("Z", "+02:00"), as seconds since 1970. NaN for anything else.
[[nodiscard]] double time_of(std::string_view value);

// "2024-05" of a date as time_of() reads it, or of seconds or milliseconds since 1970 (1973 to
// 2286); "2024" of a year (1000 to 2999). Empty for anything else. Text may hold the number.
[[nodiscard]] std::string month_of(const Json& value);

// The month of the row's `key`; of the first of the usual names that has one (date, timestamp,
// created_at, ...) where key is empty.
[[nodiscard]] std::string month_of_row(const Json& fields, std::string_view key);

}  // namespace fettle::data
