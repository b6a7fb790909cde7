// The table of filters: jinja2's, with transformers' tojson.
#pragma once

#include "tokenize/jinja/builtin.h"

namespace fettle::tokenize::jinja {

[[nodiscard]] const Builtin* find_filter(std::string_view name);
// Throws Failure when there is no such filter.
[[nodiscard]] Value apply_filter(Runtime& runtime, std::string_view name, const Value& value,
                                 Arguments arguments);

// The rows of each file.
[[nodiscard]] std::span<const Builtin> text_filters();
[[nodiscard]] std::span<const Builtin> layout_filters();
[[nodiscard]] std::span<const Builtin> number_filters();
[[nodiscard]] std::span<const Builtin> sequence_filters();
[[nodiscard]] std::span<const Builtin> order_filters();
[[nodiscard]] std::span<const Builtin> select_filters();
[[nodiscard]] std::span<const Builtin> json_filters();

// What lm-evaluation-harness adds for its tasks: regex_replace(pattern, replacement, count).
[[nodiscard]] std::span<const Builtin> task_filters();

// Looks "a.b.0" up in an item, as the attribute arguments of map, sort and groupby do.
[[nodiscard]] Value look_up_path(Runtime& runtime, const Value& item, const Value& path);
// Sorts by the first of each pair and keeps the order of equals. Unlike std::stable_sort it may be
// given keys without a strict order (NaN).
void sort_pairs(Meter& meter, std::vector<std::pair<Value, Value>>& rows);
// int() and float() of text, with Python's white space, underscores and signs; nothing if the text
// is no number.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text, int base);
[[nodiscard]] std::optional<double> parse_float(std::string_view text);

}  // namespace fettle::tokenize::jinja
