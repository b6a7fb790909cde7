#include "tokenize/jinja/tests.h"

#include <array>

#include "base/format.h"
#include "tokenize/jinja/filters.h"
#include "tokenize/jinja/operators.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

// The type tests ask for kinds alone.
template <Kind... kKinds>
Value is_kind(Call& call) {
  return Value::boolean((call.self.is(kKinds) || ...));
}

template <bool kWanted>
Value is_bool_constant(Call& call) {
  return Value::boolean(call.self.is(Kind::kBool) && call.self.as_bool() == kWanted);
}

template <Comparison kOperator>
Value is_compared(Call& call) {
  return compare_values(call.runtime, kOperator, call.self, call[0]);
}

Value is_divisible(Call& call) {
  const Value rest = arithmetic(call.runtime, Operator::kMod, call.self, call[0]);
  return Value::boolean(equal(call.meter(), rest, Value::integer(0)));
}

template <std::int64_t kRest>
Value has_parity(Call& call) {
  const Value rest = arithmetic(call.runtime, Operator::kMod, call.self, Value::integer(2));
  return Value::boolean(equal(call.meter(), rest, Value::integer(kRest)));
}

Value is_defined(Call& call) { return Value::boolean(!call.self.undefined()); }

Value is_filter_name(Call& call) {
  static_cast<void>(hash_of(call.self));  // Python looks it up in a dict
  return Value::boolean(call.self.is(Kind::kString) && find_filter(call.self.str()) != nullptr);
}

Value is_test_name(Call& call) {
  static_cast<void>(hash_of(call.self));
  return Value::boolean(call.self.is(Kind::kString) && find_test(call.self.str()) != nullptr);
}

// Every cased character is in the wanted case, and there is one.
template <bool (*kWanted)(char32_t), bool (*kOther)(char32_t)>
Value is_in_case(Call& call) {
  const Value value = to_text(call.meter(), call.self);
  call.meter().scan(value.str().size());
  bool found = false;
  for (std::size_t at = 0; at < value.str().size();) {
    const char32_t c = next_character(value.str(), at);
    if (kOther(c) || is_title(c)) return Value::boolean(false);
    found |= kWanted(c);
  }
  return Value::boolean(found);
}

Value is_number(Call& call) { return Value::boolean(call.self.is_number()); }

Value is_sequence(Call& call) {
  switch (call.self.kind()) {
    case Kind::kString:
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kDict:
    case Kind::kUndefined:
      return Value::boolean(true);
    case Kind::kObject:
      return Value::boolean(call.self.object().has_items() &&
                            call.self.object().length().has_value());
    default:
      return Value::boolean(false);
  }
}

Value is_iterable_value(Call& call) { return Value::boolean(is_iterable(call.self)); }
Value is_callable_value(Call& call) { return Value::boolean(is_callable(call.self)); }
Value is_escaped(Call& call) { return Value::boolean(is_markup(call.self)); }

Value is_same(Call& call) {
  const Value& other = call[0];
  if (call.self.kind() != other.kind()) return Value::boolean(false);
  if (call.self.cell() != nullptr) return Value::boolean(call.self.cell() == other.cell());
  return Value::boolean(equal(call.meter(), call.self, other));
}

constexpr std::array kTests = {
    Builtin{"odd", "", has_parity<1>},
    Builtin{"even", "", has_parity<0>},
    Builtin{"divisibleby", "num", is_divisible},
    Builtin{"defined", "", is_defined},
    Builtin{"undefined", "", is_kind<Kind::kUndefined>},
    Builtin{"filter", "", is_filter_name},
    Builtin{"test", "", is_test_name},
    Builtin{"none", "", is_kind<Kind::kNone>},
    Builtin{"boolean", "", is_kind<Kind::kBool>},
    Builtin{"false", "", is_bool_constant<false>},
    Builtin{"true", "", is_bool_constant<true>},
    Builtin{"integer", "", is_kind<Kind::kInt>},
    Builtin{"float", "", is_kind<Kind::kFloat>},
    Builtin{"lower", "", is_in_case<is_lower, is_upper>},
    Builtin{"upper", "", is_in_case<is_upper, is_lower>},
    Builtin{"string", "", is_kind<Kind::kString>},
    Builtin{"mapping", "", is_kind<Kind::kDict>},
    Builtin{"number", "", is_number},
    Builtin{"sequence", "", is_sequence},
    Builtin{"iterable", "", is_iterable_value},
    Builtin{"callable", "", is_callable_value},
    Builtin{"sameas", "other", is_same},
    Builtin{"escaped", "", is_escaped},
    Builtin{"in", "seq", is_compared<Comparison::kIn>},
    Builtin{"==", "/ b", is_compared<Comparison::kEq>},
    Builtin{"eq", "/ b", is_compared<Comparison::kEq>},
    Builtin{"equalto", "/ b", is_compared<Comparison::kEq>},
    Builtin{"!=", "/ b", is_compared<Comparison::kNe>},
    Builtin{"ne", "/ b", is_compared<Comparison::kNe>},
    Builtin{">", "/ b", is_compared<Comparison::kGt>},
    Builtin{"gt", "/ b", is_compared<Comparison::kGt>},
    Builtin{"greaterthan", "/ b", is_compared<Comparison::kGt>},
    Builtin{">=", "/ b", is_compared<Comparison::kGe>},
    Builtin{"ge", "/ b", is_compared<Comparison::kGe>},
    Builtin{"<", "/ b", is_compared<Comparison::kLt>},
    Builtin{"lt", "/ b", is_compared<Comparison::kLt>},
    Builtin{"lessthan", "/ b", is_compared<Comparison::kLt>},
    Builtin{"<=", "/ b", is_compared<Comparison::kLe>},
    Builtin{"le", "/ b", is_compared<Comparison::kLe>},
};

}  // namespace

const Builtin* find_test(std::string_view name) { return find_row(kTests, name); }

bool apply_test(Runtime& runtime, std::string_view name, const Value& value, Arguments arguments) {
  const Builtin* row = find_test(name);
  if (row == nullptr) throw Failure(text("no test is named '{}'", name));
  return truthy(call_builtin(runtime, *row, value, std::move(arguments)));
}

}  // namespace fettle::tokenize::jinja
