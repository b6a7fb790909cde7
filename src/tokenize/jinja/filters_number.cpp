// Filters that make and change numbers.
#include <array>
#include <cfenv>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/format.h"
#include "tokenize/jinja/filters.h"
#include "tokenize/jinja/operators.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

// Python allows single underscores between digits.
std::optional<std::string> without_underscores(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] != '_') {
      out += digits[i];
      continue;
    }
    const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    if (i == 0 || i + 1 == digits.size() || !is_word(digits[i - 1]) || !is_word(digits[i + 1])) {
      return std::nullopt;
    }
  }
  return out;
}

// int(value) of a float; nothing for inf and nan.
std::optional<Value> truncated(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  const double whole = std::trunc(value);
  if (std::abs(whole) >= 9.2233720368547758e18) {
    throw Failure("the integer does not fit into 64 bits; use a smaller number");
  }
  return Value::integer(static_cast<std::int64_t>(whole));
}

Value int_filter(Call& call) {
  Value otherwise = call.value_or(0, Value::integer(0));
  const std::int64_t base = call.integer_or(1, 10);
  refuse_undefined(call.self);
  if (call.self.is_integral()) return Value::integer(call.self.as_int());
  std::optional<double> number;
  if (call.self.is(Kind::kString)) {
    if (base == 0 || (base >= 2 && base <= 36)) {
      const auto whole = parse_integer(call.self.str(), static_cast<int>(base));
      if (whole.has_value()) return Value::integer(*whole);
    }
    number = parse_float(call.self.str());
  } else if (call.self.is(Kind::kFloat)) {
    number = call.self.as_float();
    if (std::isinf(*number)) throw Failure("cannot convert float infinity to integer");
  }
  if (!number.has_value()) return otherwise;
  return truncated(*number).value_or(otherwise);
}

Value float_filter(Call& call) {
  refuse_undefined(call.self);
  if (call.self.is_number()) return Value::real(call.self.number());
  if (call.self.is(Kind::kString)) {
    if (const auto number = parse_float(call.self.str())) return Value::real(*number);
  }
  return call.value_or(0, Value::real(0.0));
}

Value abs_filter(Call& call) {
  refuse_undefined(call.self);
  if (call.self.is(Kind::kFloat)) return Value::real(std::abs(call.self.as_float()));
  if (!call.self.is_integral()) {
    throw Failure(text("bad operand type for abs(): '{}'", type_name(call.self)));
  }
  return call.self.as_int() < 0 ? negate(call.self) : Value::integer(call.self.as_int());
}

// Correctly rounded decimal rounding, half to even, as CPython does it through its digits.
double round_decimals(double value, std::int64_t digits) {
  if (!std::isfinite(value) || digits > 308) return value;
  if (digits < -308) return std::copysign(0.0, value);
  if (digits < 0) {
    const double unit = std::pow(10.0, static_cast<double>(-digits));
    return std::nearbyint(value / unit) * unit;
  }
  char buffer[1024];
  std::snprintf(buffer, sizeof(buffer), "%.*f", static_cast<int>(digits), value);
  return std::strtod(buffer, nullptr);
}

std::int64_t round_integer(std::int64_t value, std::int64_t digits) {
  if (digits >= 0) return value;
  if (digits < -18) return 0;
  std::int64_t unit = 1;
  for (std::int64_t i = 0; i > digits; --i) unit *= 10;
  std::int64_t rest = value % unit;
  if (rest < 0) rest += unit;
  const std::int64_t floor = value - rest;
  const bool up = rest * 2 > unit || (rest * 2 == unit && (floor / unit) % 2 != 0);
  return up ? floor + unit : floor;
}

Value round_filter(Call& call) {
  refuse_undefined(call.self);
  const std::int64_t digits = call.integer_or(0, 0);
  const std::string method = call.has(1) ? call.string(1) : "common";
  if (method != "common" && method != "ceil" && method != "floor") {
    throw Failure("method must be common, ceil or floor");
  }
  if (!call.self.is_number()) {
    throw Failure(text("type {} doesn't define __round__ method", type_name(call.self)));
  }
  if (method == "common") {
    if (call.self.is_integral()) return Value::integer(round_integer(call.self.as_int(), digits));
    return Value::real(round_decimals(call.self.as_float(), digits));
  }
  const double unit = std::pow(10.0, static_cast<double>(digits));
  const double scaled = call.self.number() * unit;
  return Value::real((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / unit);
}

Value sum_filter(Call& call) {
  const Value items = elements_of(call.runtime, call.self);
  Value total = call.value_or(1, Value::integer(0));
  if (total.is(Kind::kString)) throw Failure("sum() can't sum strings; use the filter join");
  for (const Value& item : items.items()) {
    total = arithmetic(call.runtime, Operator::kAdd, total,
                       look_up_path(call.runtime, item, call.value_or(0, Value::none())));
  }
  return total;
}

constexpr std::array kNumberFilters = {
    Builtin{"int", "default? base?", int_filter},
    Builtin{"float", "default?", float_filter},
    Builtin{"abs", "", abs_filter},
    Builtin{"round", "precision? method?", round_filter},
    Builtin{"sum", "attribute? start?", sum_filter},
};

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text, int base) {
  const auto clean = without_underscores(strip_right(strip_left(text)));
  if (!clean.has_value()) return std::nullopt;
  std::string_view digits = *clean;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.size() > 2 && digits[0] == '0') {
    const char mark = static_cast<char>(digits[1] | 0x20);
    const int marked = mark == 'x' ? 16 : (mark == 'o' ? 8 : (mark == 'b' ? 2 : 0));
    if (marked != 0 && (base == marked || base == 0)) {
      digits.remove_prefix(2);
      base = marked;
    }
  }
  if (base == 0) base = 10;
  const std::string signed_digits = (negative ? "-" : "") + std::string(digits);
  if (digits.empty() || digits[0] == '-' || digits[0] == '+') return std::nullopt;
  std::int64_t value = 0;
  const char* end = signed_digits.data() + signed_digits.size();
  const auto parsed = std::from_chars(signed_digits.data(), end, value, base);
  if (parsed.ec == std::errc::result_out_of_range && parsed.ptr == end) {
    throw Failure("the integer does not fit into 64 bits; use a smaller number");
  }
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

std::optional<double> parse_float(std::string_view text) {
  const auto clean = without_underscores(strip_right(strip_left(text)));
  if (!clean.has_value() || clean->empty()) return std::nullopt;
  std::string_view digits = *clean;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const std::string lower = to_lower(digits);
  double value = 0.0;
  if (lower == "inf" || lower == "infinity") {
    value = HUGE_VAL;
  } else if (lower == "nan") {
    value = std::nan("");
  } else {
    if (lower.empty() || lower.find_first_not_of("0123456789.e+-") != std::string::npos ||
        lower[0] == '+' || lower[0] == '-' || lower[0] == 'e') {
      return std::nullopt;
    }
    const char* end = lower.data() + lower.size();
    const auto parsed = std::from_chars(lower.data(), end, value);
    if (parsed.ptr != end || parsed.ec == std::errc::invalid_argument) return std::nullopt;
    if (parsed.ec == std::errc::result_out_of_range) value = std::strtod(lower.c_str(), nullptr);
  }
  return negative ? -value : value;
}

std::span<const Builtin> number_filters() { return kNumberFilters; }

}  // namespace fettle::tokenize::jinja
