// str methods that look for text: find, count, startswith, replace, ...
#include <algorithm>
#include <array>

#include "base/format.h"
#include "tokenize/jinja/methods.h"
#include "tokenize/jinja/text_search.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

// self[start:end] as bytes, from two optional arguments in code points.
struct Window {
  std::string_view text;
  std::size_t first = 0;  // in code points
  bool inverted = false;  // start lies behind end: nothing is found, not even ''
};

Window window_of(Call& call, std::size_t start_argument) {
  const StringCell& cell = call.self.string_cell();
  call.meter().scan(cell.text.size());
  const auto size = static_cast<std::int64_t>(cell.characters);
  const auto bound = [&](std::size_t argument, std::int64_t otherwise) {
    if (!call.has(argument) || call[argument].is(Kind::kNone)) return otherwise;
    const std::int64_t index = require_integer(call[argument]);
    return index < 0 ? std::max<std::int64_t>(index + size, 0) : index;
  };
  const std::int64_t start = bound(start_argument, 0);
  const std::int64_t end = std::min(bound(start_argument + 1, size), size);
  if (start > end) return {{}, 0, true};
  const auto first = static_cast<std::size_t>(start);
  const std::size_t begin = byte_offset(cell.text, first);
  const std::size_t length =
      byte_offset(std::string_view(cell.text).substr(begin), static_cast<std::size_t>(end - start));
  return {std::string_view(cell.text).substr(begin, length), first, false};
}

std::int64_t find_in(Call& call, bool backwards) {
  const Window window = window_of(call, 1);
  const std::string& needle = call.string(0);
  if (window.inverted) return -1;
  const std::size_t at =
      backwards ? rfind_text(window.text, needle) : find_text(window.text, needle);
  if (at == std::string_view::npos) return -1;
  return static_cast<std::int64_t>(window.first + count_characters(window.text.substr(0, at)));
}

template <bool kBackwards>
Value find_method_of(Call& call) {
  return Value::integer(find_in(call, kBackwards));
}

template <bool kBackwards>
Value index_method_of(Call& call) {
  const std::int64_t at = find_in(call, kBackwards);
  if (at < 0) throw Failure("substring not found");
  return Value::integer(at);
}

Value count_method(Call& call) {
  const Window window = window_of(call, 1);
  const std::string& needle = call.string(0);
  if (window.inverted) return Value::integer(0);
  if (needle.empty()) {
    return Value::integer(static_cast<std::int64_t>(count_characters(window.text)) + 1);
  }
  return Value::integer(
      static_cast<std::int64_t>(find_all(window.text, needle, window.text.size()).size()));
}

template <bool kEnd>
bool has_affix(const Window& window, const Value& affix) {
  refuse_undefined(affix);
  if (!affix.is(Kind::kString)) {
    throw Failure(text("{} first arg must be str or a tuple of str, not {}",
                       kEnd ? "endswith" : "startswith", type_name(affix)));
  }
  if (window.inverted) return false;
  return kEnd ? window.text.ends_with(affix.str()) : window.text.starts_with(affix.str());
}

template <bool kEnd>
Value affix_method(Call& call) {
  const Window window = window_of(call, 1);
  if (!call[0].is(Kind::kTuple)) return Value::boolean(has_affix<kEnd>(window, call[0]));
  const std::vector<Value>& affixes = call[0].items();
  return Value::boolean(std::ranges::any_of(
      affixes, [&](const Value& affix) { return has_affix<kEnd>(window, affix); }));
}

template <bool kEnd>
Value remove_affix(Call& call) {
  std::string_view rest = call.self.str();
  const std::string& affix = call.string(0);
  if (kEnd ? rest.ends_with(affix) : rest.starts_with(affix)) {
    rest = kEnd ? rest.substr(0, rest.size() - affix.size()) : rest.substr(affix.size());
  }
  return make_string(&call.meter(), std::string(rest));
}

Value replace_method(Call& call) {
  const std::int64_t count = call.integer_or(2, -1);
  return replace_text(call.runtime, call.self.str(), {call.string(0), call.string(1), count});
}

constexpr std::array kSearchMethods = {
    Builtin{"find", "/ sub start? end?", find_method_of<false>},
    Builtin{"rfind", "/ sub start? end?", find_method_of<true>},
    Builtin{"index", "/ sub start? end?", index_method_of<false>},
    Builtin{"rindex", "/ sub start? end?", index_method_of<true>},
    Builtin{"count", "/ sub start? end?", count_method},
    Builtin{"startswith", "/ prefix start? end?", affix_method<false>},
    Builtin{"endswith", "/ suffix start? end?", affix_method<true>},
    Builtin{"removeprefix", "/ prefix", remove_affix<false>},
    Builtin{"removesuffix", "/ suffix", remove_affix<true>},
    Builtin{"replace", "/ old new count?", replace_method},
};

}  // namespace

std::span<const Builtin> string_search_methods() { return kSearchMethods; }

}  // namespace fettle::tokenize::jinja
