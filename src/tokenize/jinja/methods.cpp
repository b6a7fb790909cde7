#include "tokenize/jinja/methods.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/format.h"

namespace fettle::tokenize::jinja {
namespace {

constexpr std::array<std::string_view, 5> kDictChanges = {"clear", "pop", "popitem", "setdefault",
                                                          "update"};
constexpr std::array<std::string_view, 8> kListChanges = {"append", "clear",  "pop",  "reverse",
                                                          "insert", "extend", "sort", "remove"};

Value bind(Runtime& runtime, const Builtin* row, const Value& object) {
  if (row == nullptr) return {};
  return make_object(std::make_shared<BuiltinObject>(&runtime.meter, *row, object));
}

Value refuse_change(Runtime& runtime, const Value& object, std::string_view name) {
  return make_undefined(&runtime.meter, text("access to attribute '{}' of '{}' object is unsafe",
                                             name, type_name(object)));
}

Value string_method(Runtime& runtime, const Value& object, std::string_view name) {
  for (const auto rows : {string_search_methods(), string_split_methods(), string_shape_methods(),
                          string_test_methods()}) {
    if (const Builtin* row = find_row(rows, name)) return bind(runtime, row, object);
  }
  return {};
}

Value float_is_integer(Call& call) {
  const double value = call.self.number();
  return Value::boolean(std::isfinite(value) && std::floor(value) == value);
}

constexpr Builtin kIsInteger = {"is_integer", "", float_is_integer};

Value number_attribute(Runtime& runtime, const Value& object, std::string_view name) {
  const bool integral = object.is_integral();
  if (name == "real") return integral ? Value::integer(object.as_int()) : object;
  if (name == "imag") return integral ? Value::integer(0) : Value::real(0.0);
  if (integral && name == "numerator") return Value::integer(object.as_int());
  if (integral && name == "denominator") return Value::integer(1);
  if (!integral && name == "is_integer") return bind(runtime, &kIsInteger, object);
  return {};
}

}  // namespace

Value find_method(Runtime& runtime, const Value& object, std::string_view name) {
  switch (object.kind()) {
    case Kind::kString:
      return string_method(runtime, object, name);
    case Kind::kDict:
      if (std::ranges::find(kDictChanges, name) != kDictChanges.end()) {
        return refuse_change(runtime, object, name);
      }
      return bind(runtime, find_row(dict_methods(), name), object);
    case Kind::kList:
      if (std::ranges::find(kListChanges, name) != kListChanges.end()) {
        return refuse_change(runtime, object, name);
      }
      if (name == "copy") return bind(runtime, find_row(list_methods(), name), object);
      [[fallthrough]];
    case Kind::kTuple:
      if (object.sequence_cell().is_group && (name == "grouper" || name == "list")) {
        return object.items()[name == "list" ? 1 : 0];
      }
      if (name == "copy") return {};
      return bind(runtime, find_row(list_methods(), name), object);
    case Kind::kInt:
    case Kind::kBool:
    case Kind::kFloat:
      return number_attribute(runtime, object, name);
    default:
      return {};
  }
}

}  // namespace fettle::tokenize::jinja
