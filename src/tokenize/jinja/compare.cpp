// Truth, equality, order and hashes of values, as Python defines them.
#include <algorithm>
#include <cmath>
#include <functional>

#include "base/format.h"
#include "tokenize/jinja/object.h"
#include "tokenize/jinja/value.h"

namespace fettle::tokenize::jinja {
namespace {

// Long double holds every int64 on the platforms where it has 64 bits of mantissa or more.
int compare_numbers(const Value& a, const Value& b) {
  if (a.is_integral() && b.is_integral()) {
    return a.as_int() < b.as_int() ? -1 : (a.as_int() > b.as_int() ? 1 : 0);
  }
  const auto wide = [](const Value& v) {
    return v.is(Kind::kFloat) ? static_cast<long double>(v.as_float())
                              : static_cast<long double>(v.as_int());
  };
  const long double left = wide(a);
  const long double right = wide(b);
  if (std::isnan(left) || std::isnan(right)) return 2;
  return left < right ? -1 : (left > right ? 1 : 0);
}

bool equal_dicts(Meter* meter, const DictCell& a, const DictCell& b);

bool equal_values(Meter* meter, const Value& a, const Value& b) {
  if (meter != nullptr) meter->step();
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kString:
      if (a.str().size() != b.str().size()) return false;
      if (meter != nullptr) meter->scan(a.str().size());
      return a.str() == b.str();
    case Kind::kList:
    case Kind::kTuple:
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(),
                        [meter](const Value& x, const Value& y) {
                          return (x.cell() != nullptr && x.cell() == y.cell()) ||
                                 equal_values(meter, x, y);
                        });
    case Kind::kDict:
      return equal_dicts(meter, a.dict(), b.dict());
    case Kind::kObject:
      return a.cell() == b.cell() || a.object().equals(b.object());
    default:
      return true;  // None, undefined
  }
}

bool equal_dicts(Meter* meter, const DictCell& a, const DictCell& b) {
  if (a.items.size() != b.items.size()) return false;
  for (const auto& [key, value] : a.items) {
    const Value* other = b.find(key);
    if (other == nullptr || !equal_values(meter, value, *other)) return false;
  }
  return true;
}

[[noreturn]] void refuse_order(const Value& a, const Value& b, std::string_view symbol) {
  refuse_undefined(a);
  refuse_undefined(b);
  throw Failure(text("'{}' not supported between instances of '{}' and '{}'", symbol, type_name(a),
                     type_name(b)));
}

int compare_sequences(Meter& meter, const Value& a, const Value& b, std::string_view symbol) {
  const std::vector<Value>& left = a.items();
  const std::vector<Value>& right = b.items();
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (!equal_values(&meter, left[i], right[i])) return compare(meter, left[i], right[i], symbol);
  }
  return left.size() < right.size() ? -1 : (left.size() > right.size() ? 1 : 0);
}

}  // namespace

bool truthy(const Value& value) {
  switch (value.kind()) {
    case Kind::kMissing:
    case Kind::kUndefined:
    case Kind::kNone:
      return false;
    case Kind::kBool:
    case Kind::kInt:
      return value.as_int() != 0;
    case Kind::kFloat:
      return value.as_float() != 0.0;
    case Kind::kString:
      return !value.str().empty();
    case Kind::kList:
    case Kind::kTuple:
      return !value.items().empty();
    case Kind::kDict:
      return !value.dict().items.empty();
    case Kind::kObject:
      return value.object().length().value_or(1) != 0;
  }
  return false;
}

bool equal(Meter& meter, const Value& a, const Value& b) { return equal_values(&meter, a, b); }

bool same_key(const Value& a, const Value& b) { return equal_values(nullptr, a, b); }

int compare(Meter& meter, const Value& a, const Value& b, std::string_view symbol) {
  meter.step();
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.is(Kind::kString) && b.is(Kind::kString)) {
    meter.scan(std::min(a.str().size(), b.str().size()));
    // UTF-8 orders as code points do.
    const int order = a.str().compare(b.str());
    return order < 0 ? -1 : (order > 0 ? 1 : 0);
  }
  if (a.is_sequence() && a.kind() == b.kind()) return compare_sequences(meter, a, b, symbol);
  refuse_order(a, b, symbol);
}

std::size_t hash_of_text(std::string_view value) { return std::hash<std::string_view>{}(value); }

std::size_t hash_of(const Value& value) {
  switch (value.kind()) {
    case Kind::kString:
      return hash_of_text(value.str());
    case Kind::kBool:
    case Kind::kInt:
      return std::hash<double>{}(static_cast<double>(value.as_int()));
    case Kind::kFloat:
      return std::hash<double>{}(value.as_float());
    case Kind::kTuple: {
      std::size_t sum = 1;
      for (const Value& item : value.items()) sum = sum * 1000003 + hash_of(item);
      return sum;
    }
    case Kind::kList:
    case Kind::kDict:
      throw Failure(text("unhashable type: '{}'", type_name(value)));
    case Kind::kObject:
      return std::hash<const Cell*>{}(value.cell());
    default:
      return static_cast<std::size_t>(value.kind());
  }
}

std::string type_name(const Value& value) {
  switch (value.kind()) {
    case Kind::kMissing:
    case Kind::kUndefined:
      return "Undefined";
    case Kind::kNone:
      return "NoneType";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kFloat:
      return "float";
    case Kind::kString:
      return "str";
    case Kind::kList:
      return "list";
    case Kind::kTuple:
      return "tuple";
    case Kind::kDict:
      return "dict";
    case Kind::kObject:
      return value.object().type_name();
  }
  return "object";
}

void refuse_undefined(const Value& value) {
  if (value.undefined()) throw Failure(value.undefined_message());
}

}  // namespace fettle::tokenize::jinja
