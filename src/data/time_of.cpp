#include "data/time_of.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/format.h"

namespace fettle::data {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// `count` digits at `at`, moving it; -1 when they are not digits.
int digits(std::string_view value, std::size_t& at, std::size_t count) {
  if (value.size() < at + count) return -1;
  int number = 0;
  for (std::size_t end = at + count; at < end; ++at) {
    if (value[at] < '0' || value[at] > '9') return -1;
    number = number * 10 + (value[at] - '0');
  }
  return number;
}

bool take(std::string_view value, std::size_t& at, char c) {
  if (at >= value.size() || value[at] != c) return false;
  ++at;
  return true;
}

// Seconds east of Greenwich; NaN when what is left is no zone.
double zone(std::string_view value, std::size_t& at) {
  if (at == value.size()) return 0;
  if (take(value, at, 'Z')) return at == value.size() ? 0 : kNone;
  const bool west = value[at] == '-';
  if (!west && value[at] != '+') return kNone;
  ++at;
  const int hours = digits(value, at, 2);
  take(value, at, ':');
  const int minutes = digits(value, at, 2);
  if (hours < 0 || minutes < 0 || hours > 23 || minutes > 59 || at != value.size()) return kNone;
  return (west ? -1 : 1) * (hours * 3600.0 + minutes * 60.0);
}

double clock(std::string_view value, std::size_t& at) {
  const int hours = digits(value, at, 2);
  if (!take(value, at, ':')) return kNone;
  const int minutes = digits(value, at, 2);
  int seconds = 0;
  double part = 0;
  if (take(value, at, ':')) {
    seconds = digits(value, at, 2);
    if (take(value, at, '.')) {
      double weight = 0.1;
      for (; at < value.size() && value[at] >= '0' && value[at] <= '9'; ++at, weight /= 10) {
        part += weight * (value[at] - '0');
      }
    }
  }
  if (hours < 0 || hours > 24 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60) {
    return kNone;
  }
  return hours * 3600.0 + minutes * 60.0 + seconds + part;
}

constexpr std::array<std::string_view, 12> kUsualKeys = {
    "date",       "timestamp",        "datetime",    "time",
    "created_at", "created",          "created_utc", "published_at",
    "published",  "publication_date", "updated_at",  "year"};

std::string month_at(double seconds) {
  const auto day = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(seconds))));
  const std::chrono::year_month_day date(day);
  return text("{:04d}-{:02d}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()));
}

std::string month_of_number(double number) {
  const bool whole = number == std::floor(number);
  if (whole && number >= 1000 && number < 3000) return text("{:.0f}", number);
  if (number >= 1e8 && number < 1e10) return month_at(number);
  if (number >= 1e11 && number < 1e13) return month_at(number / 1000);
  return {};
}

}  // namespace

// RFC 3339, a space allowed for the T, seconds and zone optional.
double time_of(std::string_view value) {
  double number = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
  if (read.ec == std::errc() && read.ptr == value.data() + value.size()) return number;
  std::size_t at = 0;
  const int year = digits(value, at, 4);
  const bool dashed = take(value, at, '-');
  const int month = digits(value, at, 2);
  if (!dashed || !take(value, at, '-')) return kNone;
  const int day = digits(value, at, 2);
  if (year < 0 || month < 0 || day < 0) return kNone;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return kNone;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  double seconds = static_cast<double>(days) * 86400;
  if (at == value.size()) return seconds;
  if (!take(value, at, 'T') && !take(value, at, ' ')) return kNone;
  seconds += clock(value, at);
  return seconds - zone(value, at);
}

std::string month_of(const Json& value) {
  if (value.is_number()) return month_of_number(value.get<double>());
  if (!value.is_string()) return {};
  const std::string& words = value.get_ref<const std::string&>();
  double number = 0;
  const auto read = std::from_chars(words.data(), words.data() + words.size(), number);
  if (read.ec == std::errc() && read.ptr == words.data() + words.size()) {
    return month_of_number(number);
  }
  constexpr std::size_t kYearAndMonth = 7;
  const double seconds = time_of(words.size() == kYearAndMonth ? words + "-01" : words);
  return std::isnan(seconds) ? std::string() : month_at(seconds);
}

std::string month_of_row(const Json& fields, std::string_view key) {
  if (!key.empty()) {
    const Json* const value = find(fields, key);
    return value == nullptr ? std::string() : month_of(*value);
  }
  for (const std::string_view usual : kUsualKeys) {
    const Json* const value = find(fields, usual);
    if (value == nullptr) continue;
    if (std::string month = month_of(*value); !month.empty()) return month;
  }
  return {};
}

}  // namespace fettle::data
