#include "base/format.h"

#include <algorithm>
#include <cmath>

#define FMT_HEADER_ONLY
#include <fmt/args.h>
#include <fmt/format.h>

namespace fettle {

std::string format_text(std::string_view pattern, std::span<const FormatArg> args) {
  fmt::dynamic_format_arg_store<fmt::format_context> store;
  for (const FormatArg& arg : args) {
    std::visit([&store](const auto& value) { store.push_back(value); }, arg);
  }
  return fmt::vformat(fmt::string_view(pattern.data(), pattern.size()), store);
}

template <class Part>
static std::string join_parts(std::span<const Part> parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  return join_parts(parts, separator);
}

std::string join(std::span<const std::string_view> parts, std::string_view separator) {
  return join_parts(parts, separator);
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

std::string with_commas(std::int64_t value) {
  std::string digits = std::to_string(value);
  const std::int64_t first = digits[0] == '-' ? 1 : 0;
  for (std::int64_t at = static_cast<std::int64_t>(digits.size()) - 3; at > first; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string byte_size(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < std::size(kUnits)) {
    value /= 1000.0;
    ++unit;
  }
  if (unit == 0) return text("{} B", bytes);
  return text(value < 10.0 ? "{:.2f} {}" : "{:.0f} {}", value, std::string_view(kUnits[unit]));
}

std::string duration(double seconds) {
  if (!(seconds >= 0.0)) return "?";
  if (seconds < 10.0) return text("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(std::min(seconds, 1e15)));
  if (whole < 60) return text("{} s", whole);
  if (whole < 3600) return text("{} min {:02d} s", whole / 60, whole % 60);
  return text("{} h {:02d} min", whole / 3600, (whole / 60) % 60);
}

}  // namespace fettle
