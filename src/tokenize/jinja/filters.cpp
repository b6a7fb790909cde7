#include "tokenize/jinja/filters.h"

#include <algorithm>
#include <charconv>

#include "base/format.h"
#include "tokenize/jinja/operators.h"

namespace fettle::tokenize::jinja {

const Builtin* find_filter(std::string_view name) {
  for (const auto rows : {text_filters(), layout_filters(), number_filters(), sequence_filters(),
                          order_filters(), select_filters(), json_filters()}) {
    if (const Builtin* row = find_row(rows, name)) return row;
  }
  return nullptr;
}

Value apply_filter(Runtime& runtime, std::string_view name, const Value& value,
                   Arguments arguments) {
  const Builtin* row = find_filter(name);
  // The parser let only templates of tasks name one of these.
  if (row == nullptr) row = find_row(task_filters(), name);
  if (row == nullptr) throw Failure(text("no filter is named '{}'", name));
  const Level level(runtime.meter);
  return call_builtin(runtime, *row, value, std::move(arguments));
}

Value look_up_path(Runtime& runtime, const Value& item, const Value& path) {
  if (path.is(Kind::kNone) || path.missing()) return item;
  if (!path.is(Kind::kString)) return get_item(runtime, item, path);
  Value result = item;
  std::string_view rest = path.str();
  while (true) {
    const std::size_t dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    const bool digits =
        !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    std::int64_t index = 0;
    if (digits) std::from_chars(part.data(), part.data() + part.size(), index);
    result =
        get_item(runtime, result,
                 digits ? Value::integer(index) : make_string(&runtime.meter, std::string(part)));
    if (dot == std::string_view::npos) return result;
    rest = rest.substr(dot + 1);
  }
}

}  // namespace fettle::tokenize::jinja
