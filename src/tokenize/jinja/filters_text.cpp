// Filters that change text.
#include <array>

#include "base/format.h"
#include "tokenize/jinja/filters.h"
#include "tokenize/jinja/methods.h"
#include "tokenize/jinja/operators.h"
#include "tokenize/jinja/text_search.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

template <std::string (*kMap)(std::string_view), bool kKeepsMarkup>
Value map_filtered(Call& call) {
  const Value value = to_text(call.meter(), call.self);
  call.meter().scan(value.str().size() * 4);
  Value mapped = make_string(&call.meter(), kMap(value.str()));
  return kKeepsMarkup ? as_markup_like(&call.meter(), value, std::move(mapped)) : mapped;
}

bool begins_word(char c) { return c == '-' || c == '(' || c == '{' || c == '[' || c == '<'; }

// jinja2's title: words begin after white space and opening brackets, not after apostrophes.
std::string title_words(std::string_view value) {
  std::string out;
  std::size_t word = 0;
  const auto flush = [&](std::size_t end) {
    if (end == word) return;
    std::size_t second = word;
    next_character(value, second);
    out += to_upper(value.substr(word, second - word));
    out += to_lower(value.substr(second, end - second));
  };
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t begin = at;
    const char32_t c = next_character(value, at);
    if (!is_space(c) && !(c < 0x80 && begins_word(static_cast<char>(c)))) continue;
    flush(begin);
    out += value.substr(begin, at - begin);
    word = at;
  }
  flush(value.size());
  return out;
}

Value trim(Call& call) {
  Value value = to_text(call.meter(), call.self);
  call.meter().scan(value.str().size());
  std::string_view rest = value.str();
  if (!call.has(0) || call[0].is(Kind::kNone)) {
    rest = strip_right(strip_left(rest));
  } else {
    call.meter().step(rest.size() / 64 * call.string(0).size());
    rest = strip_right_of(strip_left_of(rest, call.string(0)), call.string(0));
  }
  if (rest.size() == value.str().size()) return value;
  return as_markup_like(&call.meter(), value, make_string(&call.meter(), std::string(rest)));
}

Value replace_filter(Call& call) {
  const Value value = to_text(call.meter(), call.self);
  const Value from = to_text(call.meter(), call[0]);
  const Value to = to_text(call.meter(), call[1]);
  const std::int64_t count =
      call.has(2) && !call[2].is(Kind::kNone) ? require_integer(call[2]) : -1;
  return replace_text(call.runtime, value.str(), {from.str(), to.str(), count});
}

Value as_string(Call& call) { return to_text(call.meter(), call.self); }

// escape leaves markup as it is; forceescape does not.
template <bool kForce>
Value escape_filter(Call& call) {
  Value value = to_text(call.meter(), call.self);
  if (kForce && is_markup(value)) value = make_string(&call.meter(), value.str());
  TextBuilder out(call.meter());
  append_escaped(out, value);
  return make_markup(&call.meter(), out.text());
}

Value safe_filter(Call& call) {
  const Value value = to_text(call.meter(), call.self);
  return is_markup(value) ? value : make_markup(&call.meter(), value.str());
}

Value wordcount(Call& call) {
  const Value value = to_text(call.meter(), call.self);
  call.meter().scan(value.str().size());
  std::int64_t count = 0;
  bool inside = false;
  for (std::size_t at = 0; at < value.str().size();) {
    const char32_t c = next_character(value.str(), at);
    const bool word = is_alpha(c) || is_numeric(c) || c == '_';
    count += word && !inside ? 1 : 0;
    inside = word;
  }
  return Value::integer(count);
}

Value format_filter(Call& call) {
  const Value pattern = to_text(call.meter(), call.self);
  if (!call.more.positional.empty() && !call.more.named.empty()) {
    throw Failure("format takes positional or named arguments, not both at once");
  }
  if (call.more.named.empty()) {
    return percent_format(call.runtime, pattern,
                          make_tuple(&call.meter(), std::move(call.more.positional)));
  }
  DictBuilder values(&call.meter());
  for (auto& [name, value] : call.more.named) {
    values.set(make_string(&call.meter(), name), std::move(value));
  }
  return percent_format(call.runtime, pattern, values.finish());
}

void append_quoted(TextBuilder& out, std::string_view value, bool keep_slash) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string quoted;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '.' || c == '-' || c == '~' || (c == '/' && keep_slash);
    if (plain) {
      quoted += c;
    } else if (c == ' ' && !keep_slash) {
      quoted += '+';
    } else {
      quoted += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  out.append(quoted);
}

Value urlencode(Call& call) {
  TextBuilder out(call.meter());
  if (call.self.is(Kind::kString) || !is_iterable(call.self)) {
    append_quoted(out, to_text(call.meter(), call.self).str(), true);
    return out.finish();
  }
  std::vector<std::pair<Value, Value>> pairs;
  if (call.self.is(Kind::kDict)) {
    pairs = call.self.dict().items;
  } else {
    const Value rows = elements_of(call.runtime, call.self);
    for (const Value& row : rows.items()) {
      const Value pair = elements_of(call.runtime, row);
      if (pair.items().size() != 2) throw Failure("urlencode wants pairs of name and value");
      pairs.emplace_back(pair.items()[0], pair.items()[1]);
    }
  }
  for (const auto& [name, value] : pairs) {
    if (!out.text().empty()) out.append("&");
    append_quoted(out, to_text(call.meter(), name).str(), false);
    out.append("=");
    append_quoted(out, to_text(call.meter(), value).str(), false);
  }
  return out.finish();
}

constexpr std::array kTextFilters = {
    Builtin{"upper", "", map_filtered<to_upper, true>},
    Builtin{"lower", "", map_filtered<to_lower, true>},
    Builtin{"title", "", map_filtered<title_words, false>},
    Builtin{"capitalize", "", map_filtered<to_capital, true>},
    Builtin{"trim", "chars?", trim},
    Builtin{"replace", "old new count?", replace_filter},
    Builtin{"string", "", as_string},
    Builtin{"safe", "", safe_filter},
    Builtin{"escape", "", escape_filter<false>},
    Builtin{"e", "", escape_filter<false>},
    Builtin{"forceescape", "", escape_filter<true>},
    Builtin{"wordcount", "", wordcount},
    Builtin{"format", "* **", format_filter},
    Builtin{"urlencode", "", urlencode},
};

}  // namespace

std::span<const Builtin> text_filters() { return kTextFilters; }

}  // namespace fettle::tokenize::jinja
