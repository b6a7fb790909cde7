#include "tokenize/jinja/format_spec.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/format.h"
#include "tokenize/jinja/methods.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

bool is_align(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

// Digits at the front of text, which moves on past them.
std::optional<std::size_t> read_number(std::string_view& text, std::size_t most) {
  std::size_t end = 0;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  if (end == 0) return std::nullopt;
  std::size_t value = most + 1;
  std::from_chars(text.data(), text.data() + end, value);
  if (value > most) {
    throw Failure(fettle::text("a width or precision of {} is too large; up to {} are allowed",
                               text.substr(0, end), most));
  }
  text.remove_prefix(end);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

void group_digits(std::string& number, char separator, std::size_t every) {
  std::size_t begin = 0;
  while (begin < number.size() && std::isxdigit(static_cast<unsigned char>(number[begin])) == 0) {
    ++begin;
  }
  std::size_t end = number.find_first_of(".eE%", begin);
  if (end == std::string::npos) end = number.size();
  while (end > begin + every) {
    end -= every;
    number.insert(end, 1, separator);
  }
}

std::string signed_text(bool negative, char sign, const std::string& digits) {
  if (negative) return "-" + digits;
  return sign == '-' ? digits : sign + digits;
}

}  // namespace

FormatSpec read_format_spec(std::string_view text) {
  FormatSpec spec;
  const std::string_view whole = text;
  if (!text.empty()) {
    std::size_t fill_end = 0;
    next_character(text, fill_end);
    if (fill_end < text.size() && is_align(text[fill_end])) {
      spec.fill = std::string(text.substr(0, fill_end));
      spec.align = text[fill_end];
      text.remove_prefix(fill_end + 1);
    } else if (is_align(text.front())) {
      spec.align = text.front();
      text.remove_prefix(1);
    }
  }
  if (!text.empty() && (text.front() == '+' || text.front() == '-' || text.front() == ' ')) {
    spec.sign = text.front();
    text.remove_prefix(1);
  }
  spec.alternate = take(text, '#');
  if (take(text, '0') && spec.align == '\0') {
    spec.fill = "0";
    spec.align = '=';
  }
  spec.width = read_number(text, kMaxFormatWidth).value_or(0);
  if (take(text, ',')) spec.grouping = ',';
  if (take(text, '_')) spec.grouping = '_';
  if (take(text, '.')) {
    spec.precision = read_number(text, kMaxFormatWidth);
    if (!spec.precision.has_value()) throw Failure("format specifier missing precision");
  }
  if (!text.empty()) {
    spec.type = text.front();
    text.remove_prefix(1);
  }
  if (!text.empty()) throw Failure(fettle::text("invalid format specifier '{}'", whole));
  return spec;
}

std::string format_integer(std::int64_t value, const FormatSpec& spec) {
  const bool negative = value < 0;
  const std::uint64_t size =
      negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const char lower = static_cast<char>(spec.type | 0x20);
  const int base = lower == 'x' ? 16 : (spec.type == 'o' ? 8 : (spec.type == 'b' ? 2 : 10));
  char buffer[80];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), size, base);
  std::string digits(buffer, end);
  if (spec.type == 'X') digits = to_upper(digits);
  if (spec.grouping != '\0') group_digits(digits, spec.grouping, base == 10 ? 3 : 4);
  if (spec.alternate && base != 10) digits = std::string("0") + spec.type + digits;
  return signed_text(negative, spec.sign, digits);
}

std::string format_float(double value, const FormatSpec& spec) {
  const bool negative = std::signbit(value) && !std::isnan(value);
  const double size = std::abs(value);
  if (spec.precision.value_or(0) > kMaxPrecision) {
    throw Failure(text("a precision of {} is too large; up to {} are allowed", *spec.precision,
                       kMaxPrecision));
  }
  std::string digits;
  if (!std::isfinite(value)) {
    digits = std::isnan(value) ? "nan" : "inf";
    if (spec.type == 'F' || spec.type == 'E' || spec.type == 'G') digits = to_upper(digits);
    if (spec.type == '%') digits += '%';
    return signed_text(negative, spec.sign, digits);
  }
  if (spec.type == '\0' && !spec.precision.has_value()) {
    digits = repr_of_float(size);
  } else {
    const bool percent = spec.type == '%';
    const char type = spec.type == '\0' || spec.type == 'n' ? 'g' : (percent ? 'f' : spec.type);
    const std::string pattern =
        std::string(spec.alternate ? "%#" : "%") + ".*" + std::string(1, type);
    char buffer[768];
    std::snprintf(buffer, sizeof(buffer), pattern.c_str(),
                  static_cast<int>(spec.precision.value_or(6)), percent ? size * 100 : size);
    digits = buffer;
    if (percent) digits += '%';
    if (spec.type == '\0' && digits.find_first_of(".e") == std::string::npos) digits += ".0";
  }
  if (spec.grouping != '\0') group_digits(digits, spec.grouping, 3);
  return signed_text(negative, spec.sign, digits);
}

Value aligned(Runtime& runtime, std::string_view value, const FormatSpec& spec, bool right) {
  const std::size_t size = count_characters(value);
  const std::size_t missing = spec.width > size ? spec.width - size : 0;
  const char align = spec.align == '\0' ? (right ? '>' : '<') : spec.align;
  if (align == '=') {
    std::size_t digits = !value.empty() && (value[0] == '-' || value[0] == '+' || value[0] == ' ');
    if (value.size() > digits + 1 && value[digits] == '0' &&
        std::isalpha(static_cast<unsigned char>(value[digits + 1])) != 0) {
      digits += 2;
    }
    TextBuilder out(runtime.meter);
    out.append(value.substr(0, digits));
    for (std::size_t i = 0; i < missing; ++i) out.append(spec.fill);
    out.append(value.substr(digits));
    return out.finish();
  }
  const std::size_t before = align == '>' ? missing : (align == '^' ? missing / 2 : 0);
  return pad_text(runtime, value, {before, missing - before, spec.fill});
}

Value format_value(Runtime& runtime, const Value& value, FormatSpec spec) {
  constexpr std::string_view kIntegerTypes = "bcdoxXn";
  constexpr std::string_view kFloatTypes = "eEfFgGn%";
  const bool as_integer = spec.type != '\0' && kIntegerTypes.find(spec.type) != std::string::npos;
  const bool as_float = spec.type != '\0' && kFloatTypes.find(spec.type) != std::string::npos;
  if (value.is(Kind::kInt) || (value.is(Kind::kBool) && (as_integer || as_float))) {
    if (as_float && spec.type != 'n') {
      return aligned(runtime, format_float(value.number(), spec), spec, true);
    }
    if (spec.type == '\0' || (as_integer && spec.type != 'c')) {
      if (spec.precision.has_value()) throw Failure("precision not allowed in integer format");
      return aligned(runtime, format_integer(value.as_int(), spec), spec, true);
    }
  } else if (value.is(Kind::kFloat)) {
    if (spec.type == '\0' || as_float) {
      return aligned(runtime, format_float(value.as_float(), spec), spec, true);
    }
  } else if (value.is(Kind::kString) || value.is(Kind::kBool)) {
    if (spec.align == '=' && value.is(Kind::kString)) {
      if (spec.fill != "0") throw Failure("'=' alignment not allowed in string format specifier");
      spec.align = '<';
    }
    if (spec.type == '\0' || spec.type == 's') {
      const Value shown = to_text(runtime.meter, value);
      std::string_view cut = shown.str();
      if (spec.precision.has_value()) cut = cut.substr(0, byte_offset(cut, *spec.precision));
      return aligned(runtime, cut, spec, value.is(Kind::kBool));
    }
  }
  throw Failure(
      text("format type '{}' does not fit a {}", std::string(1, spec.type), type_name(value)));
}

}  // namespace fettle::tokenize::jinja
