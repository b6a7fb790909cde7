// Arithmetic, comparison and subscripts of values, as Python defines them.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "tokenize/jinja/ast.h"
#include "tokenize/jinja/object.h"
#include "tokenize/jinja/value.h"

namespace fettle::tokenize::jinja {

// Throw Failure for kinds that Python would not combine, for division by zero and for integers
// that do not fit into 64 bits (Python's grow).
[[nodiscard]] Value arithmetic(Runtime& runtime, Operator op, const Value& a, const Value& b);
[[nodiscard]] Value negate(const Value& value);
[[nodiscard]] Value compare_values(Runtime& runtime, Comparison op, const Value& a, const Value& b);
[[nodiscard]] bool contains(Runtime& runtime, const Value& container, const Value& item);

// Python's "format" % value.
[[nodiscard]] Value percent_format(Runtime& runtime, const Value& format, const Value& values);

// obj.name: the type's methods first, then the key; undefined if there is neither.
[[nodiscard]] Value get_attribute(Runtime& runtime, const Value& object, const Value& name);
// obj[key]: the key first, then the type's methods.
[[nodiscard]] Value get_item(Runtime& runtime, const Value& object, const Value& key);

struct SliceBounds {
  std::optional<std::int64_t> start, stop;
  std::int64_t step = 1;
};
[[nodiscard]] Value get_slice(Runtime& runtime, const Value& object, const SliceBounds& bounds);

}  // namespace fettle::tokenize::jinja
