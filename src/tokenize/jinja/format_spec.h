// Python's format specifications: "[[fill]align][sign][#][0][width][,][.precision][type]".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tokenize/jinja/object.h"

namespace fettle::tokenize::jinja {

struct FormatSpec {
  std::string fill = " ";
  char align = '\0';  // < > ^ =, or the type's own
  char sign = '-';    // + - or a space
  bool alternate = false;
  std::size_t width = 0;
  char grouping = '\0';  // , or _
  std::optional<std::size_t> precision;
  char type = '\0';
};

// Widths and precisions that a template may ask for; wider ones are refused.
inline constexpr std::size_t kMaxFormatWidth = 1 << 20;
inline constexpr std::size_t kMaxPrecision = 300;

[[nodiscard]] FormatSpec read_format_spec(std::string_view text);
// format(value, spec). Throws Failure when the type of value does not know the spec's type.
[[nodiscard]] Value format_value(Runtime& runtime, const Value& value, FormatSpec spec);
// The value, padded and aligned; right: what numbers do by themselves.
[[nodiscard]] Value aligned(Runtime& runtime, std::string_view text, const FormatSpec& spec,
                            bool right);
// A number without width, with its sign.
[[nodiscard]] std::string format_float(double value, const FormatSpec& spec);
[[nodiscard]] std::string format_integer(std::int64_t value, const FormatSpec& spec);

}  // namespace fettle::tokenize::jinja
