#include <cmath>
#include <limits>

#include "base/format.h"
#include "tokenize/jinja/operators.h"

namespace fettle::tokenize::jinja {
namespace {

std::string_view symbol_of(Operator op) {
  constexpr std::string_view kSymbols[] = {"+", "-", "*", "/", "//", "%", "** or pow()"};
  return kSymbols[static_cast<std::size_t>(op)];
}

[[noreturn]] void refuse_operands(Operator op, const Value& a, const Value& b) {
  refuse_undefined(a);
  refuse_undefined(b);
  throw Failure(text("unsupported operand type(s) for {}: '{}' and '{}'", symbol_of(op),
                     type_name(a), type_name(b)));
}

[[noreturn]] void refuse_overflow() {
  throw Failure("the result does not fit into 64 bits; use smaller integers, or floats");
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  if (a == std::numeric_limits<std::int64_t>::min() && b == -1) refuse_overflow();
  const std::int64_t quotient = a / b;
  return a % b != 0 && ((a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

std::int64_t floor_modulo(std::int64_t a, std::int64_t b) {
  if (b == -1) return 0;
  const std::int64_t rest = a % b;
  return rest != 0 && ((rest < 0) != (b < 0)) ? rest + b : rest;
}

Value integer_power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) {
    if (base == 0) throw Failure("0.0 cannot be raised to a negative power");
    return Value::real(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  }
  std::int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) refuse_overflow();
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) refuse_overflow();
  }
  return Value::integer(result);
}

Value integer_arithmetic(Operator op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool overflow = false;
  switch (op) {
    case Operator::kAdd:
      overflow = __builtin_add_overflow(a, b, &result);
      break;
    case Operator::kSub:
      overflow = __builtin_sub_overflow(a, b, &result);
      break;
    case Operator::kMul:
      overflow = __builtin_mul_overflow(a, b, &result);
      break;
    case Operator::kDiv:
      if (b == 0) throw Failure("division by zero");
      return Value::real(static_cast<double>(a) / static_cast<double>(b));
    case Operator::kFloorDiv:
      if (b == 0) throw Failure("integer division or modulo by zero");
      result = floor_divide(a, b);
      break;
    case Operator::kMod:
      if (b == 0) throw Failure("integer modulo by zero");
      result = floor_modulo(a, b);
      break;
    case Operator::kPow:
      return integer_power(a, b);
  }
  if (overflow) refuse_overflow();
  return Value::integer(result);
}

double float_modulo(double a, double b) {
  double rest = std::fmod(a, b);
  if (rest != 0.0) {
    if ((b < 0.0) != (rest < 0.0)) rest += b;
  } else {
    rest = std::copysign(0.0, b);
  }
  return rest;
}

double float_floor_divide(double a, double b) {
  double quotient = (a - float_modulo(a, b)) / b;
  if (quotient == 0.0) return std::copysign(0.0, a / b);
  const double floor = std::floor(quotient);
  return quotient - floor > 0.5 ? floor + 1.0 : floor;
}

Value float_power(double a, double b) {
  if (a == 0.0 && b < 0.0) throw Failure("0.0 cannot be raised to a negative power");
  if (a < 0.0 && std::isfinite(b) && b != std::floor(b)) {
    throw Failure("a negative number to a fraction's power is complex, which templates lack");
  }
  const double result = std::pow(a, b);
  if (std::isinf(result) && std::isfinite(a) && std::isfinite(b)) {
    throw Failure("the result of ** is too large");
  }
  return Value::real(result);
}

Value float_arithmetic(Operator op, double a, double b) {
  switch (op) {
    case Operator::kAdd:
      return Value::real(a + b);
    case Operator::kSub:
      return Value::real(a - b);
    case Operator::kMul:
      return Value::real(a * b);
    case Operator::kPow:
      return float_power(a, b);
    default:
      break;
  }
  if (b == 0.0) throw Failure("float division by zero");
  if (op == Operator::kDiv) return Value::real(a / b);
  return Value::real(op == Operator::kMod ? float_modulo(a, b) : float_floor_divide(a, b));
}

Value repeat(Runtime& runtime, const Value& value, std::int64_t times) {
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
  if (value.is(Kind::kString)) {
    TextBuilder out(runtime.meter);
    const std::size_t size = value.str().size();
    if (size != 0 && count > runtime.meter.max_bytes() / size) {
      runtime.meter.take(runtime.meter.max_bytes());
    }
    if (size == 1) {
      out.append(count, value.str().front());
    } else if (size != 0) {
      for (std::size_t i = 0; i < count; ++i) out.append(value.str());
    }
    return as_markup_like(&runtime.meter, value, out.finish());
  }
  const std::vector<Value>& items = value.items();
  if (!items.empty() && count > runtime.meter.max_bytes() / sizeof(Value) / items.size()) {
    runtime.meter.take(runtime.meter.max_bytes());
  }
  runtime.meter.step(items.size() * count);
  runtime.meter.take(items.size() * count * sizeof(Value));
  runtime.meter.give(items.size() * count * sizeof(Value));
  std::vector<Value> result;
  result.reserve(items.size() * count);
  for (std::size_t i = 0; i < count && !items.empty(); ++i) {
    result.insert(result.end(), items.begin(), items.end());
  }
  return value.is(Kind::kList) ? make_list(&runtime.meter, std::move(result))
                               : make_tuple(&runtime.meter, std::move(result));
}

Value join_values(Runtime& runtime, const Value& a, const Value& b) {
  if (a.is(Kind::kString)) {
    TextBuilder out(runtime.meter);
    if (is_markup(a) || is_markup(b)) {
      append_escaped(out, a);
      append_escaped(out, b);
      return make_markup(&runtime.meter, out.text());
    }
    out.append(a.str());
    out.append(b.str());
    return out.finish();
  }
  runtime.meter.step(a.items().size() + b.items().size());
  std::vector<Value> items = a.items();
  items.insert(items.end(), b.items().begin(), b.items().end());
  return a.is(Kind::kList) ? make_list(&runtime.meter, std::move(items))
                           : make_tuple(&runtime.meter, std::move(items));
}

}  // namespace

Value arithmetic(Runtime& runtime, Operator op, const Value& a, const Value& b) {
  if (a.is_integral() && b.is_integral()) return integer_arithmetic(op, a.as_int(), b.as_int());
  if (a.is_number() && b.is_number()) return float_arithmetic(op, a.number(), b.number());
  if (op == Operator::kMod && a.is(Kind::kString)) {
    return percent_format(runtime, a, b);
  }
  const bool a_repeats = a.is(Kind::kString) || a.is_sequence();
  const bool b_repeats = b.is(Kind::kString) || b.is_sequence();
  if (op == Operator::kAdd && a_repeats && a.kind() == b.kind()) {
    return join_values(runtime, a, b);
  }
  if (op == Operator::kMul && a_repeats && b.is_integral()) return repeat(runtime, a, b.as_int());
  if (op == Operator::kMul && b_repeats && a.is_integral()) return repeat(runtime, b, a.as_int());
  refuse_operands(op, a, b);
}

Value negate(const Value& value) {
  refuse_undefined(value);
  if (value.is(Kind::kFloat)) return Value::real(-value.as_float());
  if (!value.is_integral()) {
    throw Failure(text("bad operand type for unary -: '{}'", type_name(value)));
  }
  return integer_arithmetic(Operator::kSub, 0, value.as_int());
}

Value compare_values(Runtime& runtime, Comparison op, const Value& a, const Value& b) {
  Meter& meter = runtime.meter;
  switch (op) {
    case Comparison::kEq:
      return Value::boolean(equal(meter, a, b));
    case Comparison::kNe:
      return Value::boolean(!equal(meter, a, b));
    case Comparison::kLt:
      return Value::boolean(compare(meter, a, b, "<") == -1);
    case Comparison::kLe: {
      const int order = compare(meter, a, b, "<=");
      return Value::boolean(order == -1 || order == 0);
    }
    case Comparison::kGt:
      return Value::boolean(compare(meter, a, b, ">") == 1);
    case Comparison::kGe: {
      const int order = compare(meter, a, b, ">=");
      return Value::boolean(order == 1 || order == 0);
    }
    case Comparison::kIn:
      return Value::boolean(contains(runtime, b, a));
    case Comparison::kNotIn:
      return Value::boolean(!contains(runtime, b, a));
  }
  return Value::boolean(false);
}

}  // namespace fettle::tokenize::jinja
