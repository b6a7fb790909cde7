// str methods that cut and join text: split, strip, splitlines, partition, join.
#include <algorithm>
#include <array>
#include <limits>

#include "base/format.h"
#include "tokenize/jinja/methods.h"
#include "tokenize/jinja/text_search.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

using Pieces = std::vector<std::string_view>;

Value list_of(Call& call, const Pieces& pieces) {
  std::vector<Value> items;
  for (const std::string_view piece : pieces) {
    items.push_back(make_string(&call.meter(), std::string(piece)));
  }
  return make_list(&call.meter(), std::move(items));
}

// Splits at runs of white space; what is left after `limit` cuts stays in one piece.
Pieces split_blank(std::string_view text, std::size_t limit) {
  Pieces pieces;
  text = strip_left(text);
  while (!text.empty()) {
    if (pieces.size() == limit) {
      pieces.push_back(strip_right(text));
      break;
    }
    std::size_t end = 0;
    std::size_t next = 0;
    while (end < text.size() && !is_space(next_character(text, next))) end = next;
    pieces.push_back(text.substr(0, end));
    text = strip_left(text.substr(end));
  }
  return pieces;
}

// The last word of text that is stripped on the right.
std::size_t last_word_begin(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0) {
    std::size_t at = begin - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
    std::size_t next = at;
    if (is_space(next_character(text, next))) break;
    begin = at;
  }
  return begin;
}

Pieces rsplit_blank(std::string_view text, std::size_t limit) {
  Pieces pieces;
  text = strip_right(text);
  while (!text.empty()) {
    if (pieces.size() == limit) {
      pieces.push_back(strip_left(text));
      break;
    }
    const std::size_t begin = last_word_begin(text);
    pieces.push_back(text.substr(begin));
    text = strip_right(text.substr(0, begin));
  }
  std::ranges::reverse(pieces);
  return pieces;
}

Pieces split_at(std::string_view text, std::string_view separator, std::size_t limit) {
  Pieces pieces;
  std::size_t done = 0;
  for (const std::size_t place : find_all(text, separator, limit)) {
    pieces.push_back(text.substr(done, place - done));
    done = place + separator.size();
  }
  pieces.push_back(text.substr(done));
  return pieces;
}

Pieces rsplit_at(std::string_view text, std::string_view separator, std::size_t limit) {
  Pieces pieces;
  while (pieces.size() < limit) {
    const std::size_t place = text.rfind(separator);
    if (place == std::string_view::npos) break;
    pieces.push_back(text.substr(place + separator.size()));
    text = text.substr(0, place);
  }
  pieces.push_back(text);
  std::ranges::reverse(pieces);
  return pieces;
}

template <bool kFromRight>
Value split_method(Call& call) {
  const std::string& value = call.self.str();
  call.meter().scan(value.size());
  const std::int64_t most = call.integer_or(1, -1);
  const std::size_t limit =
      most < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(most);
  if (!call.has(0) || call[0].is(Kind::kNone)) {
    return list_of(call, kFromRight ? rsplit_blank(value, limit) : split_blank(value, limit));
  }
  const std::string& separator = call.string(0);
  if (separator.empty()) throw Failure("empty separator");
  if (!kFromRight) return list_of(call, split_at(value, separator, limit));
  // rfind is quadratic at worst; charge it as such.
  call.meter().step(value.size() / 64 * std::min<std::size_t>(separator.size(), 1024));
  return list_of(call, rsplit_at(value, separator, limit));
}

Value splitlines_method(Call& call) {
  const std::string& value = call.self.str();
  call.meter().scan(value.size());
  const bool keep = call.truth_or(0, false);
  Pieces lines;
  for (const std::string_view line : lines_of(value, keep)) lines.push_back(line);
  return list_of(call, lines);
}

template <bool kFromRight>
Value partition_method(Call& call) {
  const std::string& separator = call.string(0);
  if (separator.empty()) throw Failure("empty separator");
  const std::string_view value = call.self.str();
  call.meter().scan(value.size());
  const std::size_t at = kFromRight ? rfind_text(value, separator) : find_text(value, separator);
  Pieces parts = {value, {}, {}};
  if (at != std::string_view::npos) {
    parts = {value.substr(0, at), separator, value.substr(at + separator.size())};
  } else if (kFromRight) {
    parts = {{}, {}, value};
  }
  const Value list = list_of(call, parts);
  return make_tuple(&call.meter(), list.items());
}

template <bool kLeft, bool kRight>
Value strip_method(Call& call) {
  call.meter().scan(call.self.str().size());
  std::string_view rest = call.self.str();
  if (!call.has(0) || call[0].is(Kind::kNone)) {
    if (kLeft) rest = strip_left(rest);
    if (kRight) rest = strip_right(rest);
  } else {
    call.meter().step(rest.size() / 64 * call.string(0).size());
    if (kLeft) rest = strip_left_of(rest, call.string(0));
    if (kRight) rest = strip_right_of(rest, call.string(0));
  }
  if (rest.size() == call.self.str().size()) return call.self;
  return make_string(&call.meter(), std::string(rest));
}

Value join_method(Call& call) {
  const Value items = elements_of(call.runtime, call[0]);
  TextBuilder out(call.meter());
  std::size_t index = 0;
  for (const Value& item : items.items()) {
    if (!item.is(Kind::kString)) {
      throw Failure(
          text("sequence item {}: expected str instance, {} found", index, type_name(item)));
    }
    if (index++ != 0) out.append(call.self.str());
    out.append(item.str());
  }
  return out.finish();
}

constexpr std::array kSplitMethods = {
    Builtin{"split", "sep? maxsplit?", split_method<false>},
    Builtin{"rsplit", "sep? maxsplit?", split_method<true>},
    Builtin{"splitlines", "keepends?", splitlines_method},
    Builtin{"partition", "/ sep", partition_method<false>},
    Builtin{"rpartition", "/ sep", partition_method<true>},
    Builtin{"strip", "/ chars?", strip_method<true, true>},
    Builtin{"lstrip", "/ chars?", strip_method<true, false>},
    Builtin{"rstrip", "/ chars?", strip_method<false, true>},
    Builtin{"join", "/ iterable", join_method},
};

}  // namespace

std::span<const Builtin> string_split_methods() { return kSplitMethods; }

}  // namespace fettle::tokenize::jinja
