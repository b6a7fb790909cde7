// The methods of str, dict, list, tuple and numbers that a sandboxed template may call.
#pragma once

#include "tokenize/jinja/builtin.h"

namespace fettle::tokenize::jinja {

// The bound method or attribute of a value that is no object; missing if the type has none of
// that name; undefined, with the sandbox's message, for methods that would change the value.
[[nodiscard]] Value find_method(Runtime& runtime, const Value& object, std::string_view name);

// The rows of each file.
[[nodiscard]] std::span<const Builtin> string_search_methods();
[[nodiscard]] std::span<const Builtin> string_split_methods();
[[nodiscard]] std::span<const Builtin> string_shape_methods();
[[nodiscard]] std::span<const Builtin> string_test_methods();
[[nodiscard]] std::span<const Builtin> dict_methods();
[[nodiscard]] std::span<const Builtin> list_methods();  // and of tuples

// str.format and str.format_map: "{} {name!r:>8}".
[[nodiscard]] Value format_fields(Call& call);
[[nodiscard]] Value format_map(Call& call);

struct Padding {
  std::size_t before, after;
  std::string_view fill;  // one character
};
[[nodiscard]] Value pad_text(Runtime& runtime, std::string_view value, const Padding& padding);

}  // namespace fettle::tokenize::jinja
