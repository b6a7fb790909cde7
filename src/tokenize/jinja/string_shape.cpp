// str methods that change how text looks, and those that ask what it is made of.
#include <array>

#include "base/format.h"
#include "tokenize/jinja/methods.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

template <std::string (*kMap)(std::string_view)>
Value map_text(Call& call) {
  call.meter().scan(call.self.str().size() * 4);
  return make_string(&call.meter(), kMap(call.self.str()));
}

std::string fill_character(Call& call) {
  if (!call.has(1)) return " ";
  const std::string& fill = call.string(1);
  if (count_characters(fill) != 1) {
    throw Failure("the fill character must be exactly one character long");
  }
  return fill;
}

enum class Side { kLeft, kRight, kBoth };

template <Side kSide>
Value pad_method(Call& call) {
  const std::int64_t width = require_integer(call[0]);
  const std::string fill = fill_character(call);
  const auto size = static_cast<std::int64_t>(call.self.string_cell().characters);
  if (width <= size) return call.self;
  const std::int64_t missing = width - size;
  std::int64_t before = kSide == Side::kLeft ? missing : 0;
  // CPython puts the odd one to the left when the width is odd.
  if (kSide == Side::kBoth) before = missing / 2 + (missing & width & 1);
  return pad_text(
      call.runtime, call.self.str(),
      {static_cast<std::size_t>(before), static_cast<std::size_t>(missing - before), fill});
}

Value zfill_method(Call& call) {
  const std::int64_t width = require_integer(call[0]);
  const StringCell& cell = call.self.string_cell();
  const auto size = static_cast<std::int64_t>(cell.characters);
  if (width <= size) return call.self;
  const bool is_signed = cell.text.starts_with('-') || cell.text.starts_with('+');
  const std::string_view digits = std::string_view(cell.text).substr(is_signed ? 1 : 0);
  TextBuilder out(call.meter());
  if (is_signed) out.append(cell.text.substr(0, 1));
  out.append(static_cast<std::size_t>(width - size), '0');
  out.append(digits);
  return out.finish();
}

Value expandtabs_method(Call& call) {
  const std::int64_t width = call.integer_or(0, 8);
  TextBuilder out(call.meter());
  std::int64_t column = 0;
  const std::string& value = call.self.str();
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t begin = at;
    const char32_t c = next_character(value, at);
    if (c == '\t') {
      const std::int64_t spaces = width > 0 ? width - column % width : 0;
      out.append(static_cast<std::size_t>(spaces), ' ');
      column += spaces;
      continue;
    }
    column = c == '\n' || c == '\r' ? 0 : column + 1;
    out.append(std::string_view(value).substr(begin, at - begin));
  }
  return out.finish();
}

// Every character passes, and there is one.
template <bool (*kPasses)(char32_t), bool kEmpty = false>
Value all_characters(Call& call) {
  const std::string& value = call.self.str();
  call.meter().scan(value.size());
  for (std::size_t at = 0; at < value.size();) {
    if (!kPasses(next_character(value, at))) return Value::boolean(false);
  }
  return Value::boolean(kEmpty || !value.empty());
}

bool is_alphanumeric(char32_t c) { return is_alpha(c) || is_numeric(c) || is_digit(c); }
bool is_ascii(char32_t c) { return c < 0x80; }

// Some character is in the wanted case, none in the other.
template <bool (*kWanted)(char32_t), bool (*kOther)(char32_t)>
Value all_cased(Call& call) {
  const std::string& value = call.self.str();
  call.meter().scan(value.size());
  bool found = false;
  for (std::size_t at = 0; at < value.size();) {
    const char32_t c = next_character(value, at);
    if (kOther(c) || is_title(c)) return Value::boolean(false);
    found |= kWanted(c);
  }
  return Value::boolean(found);
}

Value istitle_method(Call& call) {
  const std::string& value = call.self.str();
  call.meter().scan(value.size());
  bool inside = false;
  bool found = false;
  for (std::size_t at = 0; at < value.size();) {
    const char32_t c = next_character(value, at);
    const bool starts = is_upper(c) || is_title(c);
    if (starts == inside && (starts || is_lower(c))) return Value::boolean(false);
    if (!starts && is_lower(c) && !inside) return Value::boolean(false);
    inside = starts || is_lower(c);
    found |= inside;
  }
  return Value::boolean(found);
}

Value isidentifier_method(Call& call) {
  const std::string& value = call.self.str();
  call.meter().scan(value.size());
  for (std::size_t at = 0; at < value.size();) {
    const bool first = at == 0;
    const char32_t c = next_character(value, at);
    if (!is_alpha(c) && c != '_' && (first || !is_decimal(c))) return Value::boolean(false);
  }
  return Value::boolean(!value.empty());
}

constexpr std::array kShapeMethods = {
    Builtin{"upper", "", map_text<to_upper>},
    Builtin{"lower", "", map_text<to_lower>},
    Builtin{"title", "", map_text<to_title>},
    Builtin{"capitalize", "", map_text<to_capital>},
    Builtin{"swapcase", "", map_text<swap_case>},
    Builtin{"casefold", "", map_text<fold_case>},
    Builtin{"center", "/ width fillchar?", pad_method<Side::kBoth>},
    Builtin{"ljust", "/ width fillchar?", pad_method<Side::kRight>},
    Builtin{"rjust", "/ width fillchar?", pad_method<Side::kLeft>},
    Builtin{"zfill", "/ width", zfill_method},
    Builtin{"expandtabs", "tabsize?", expandtabs_method},
    Builtin{"format", "* **", format_fields},
    Builtin{"format_map", "/ mapping", format_map},
};

constexpr std::array kTestMethods = {
    Builtin{"isalpha", "", all_characters<is_alpha>},
    Builtin{"isalnum", "", all_characters<is_alphanumeric>},
    Builtin{"isdecimal", "", all_characters<is_decimal>},
    Builtin{"isdigit", "", all_characters<is_digit>},
    Builtin{"isnumeric", "", all_characters<is_numeric>},
    Builtin{"isspace", "", all_characters<is_space>},
    Builtin{"isascii", "", all_characters<is_ascii, true>},
    Builtin{"isprintable", "", all_characters<is_printable, true>},
    Builtin{"islower", "", all_cased<is_lower, is_upper>},
    Builtin{"isupper", "", all_cased<is_upper, is_lower>},
    Builtin{"istitle", "", istitle_method},
    Builtin{"isidentifier", "", isidentifier_method},
};

}  // namespace

Value pad_text(Runtime& runtime, std::string_view value, const Padding& padding) {
  TextBuilder out(runtime.meter);
  const auto fill = [&](std::size_t count) {
    if (padding.fill.size() == 1) {
      out.append(count, padding.fill.front());
    } else {
      for (std::size_t i = 0; i < count; ++i) out.append(padding.fill);
    }
  };
  fill(padding.before);
  out.append(value);
  fill(padding.after);
  return out.finish();
}

std::span<const Builtin> string_shape_methods() { return kShapeMethods; }
std::span<const Builtin> string_test_methods() { return kTestMethods; }

}  // namespace fettle::tokenize::jinja
