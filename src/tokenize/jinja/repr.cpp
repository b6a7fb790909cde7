// Python's str() and repr().
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/format.h"
#include "tokenize/jinja/object.h"
#include "tokenize/jinja/text_builder.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

void append_escape(std::string& out, char32_t c) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\\':
      out += "\\\\";
      return;
    default:
      break;
  }
  const auto code = static_cast<std::uint64_t>(c);
  if (code <= 0xFF) {
    out += text("\\x{:02x}", code);
  } else if (code <= 0xFFFF) {
    out += text("\\u{:04x}", code);
  } else {
    out += text("\\U{:08x}", code);
  }
}

void append_items(TextBuilder& out, const std::vector<Value>& items) {
  bool first = true;
  for (const Value& item : items) {
    if (!first) out.append(", ");
    first = false;
    append_repr(out, item);
  }
}

void append_dict(TextBuilder& out, const DictCell& dict) {
  out.append("{");
  bool first = true;
  for (const auto& [key, value] : dict.items) {
    if (!first) out.append(", ");
    first = false;
    append_repr(out, key);
    out.append(": ");
    append_repr(out, value);
  }
  out.append("}");
}

// Python's layout of the digits of a shortest scientific form "d.ddde[+-]xx".
std::string lay_out_digits(std::string_view scientific) {
  const std::size_t mark = scientific.find('e');
  const int exponent = std::atoi(std::string(scientific.substr(mark + 1)).c_str());
  std::string sign;
  std::string digits;
  for (const char c : scientific.substr(0, mark)) {
    if (c == '-') sign = "-";
    if (c >= '0' && c <= '9') digits += c;
  }
  const int count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 16) {
    std::string result = sign + digits.substr(0, 1);
    if (count > 1) result += "." + digits.substr(1);
    return result + text("e{}{:02}", exponent < 0 ? "-" : "+", std::abs(exponent));
  }
  if (exponent < 0) {
    return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  }
  if (count <= exponent + 1) {
    return sign + digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0') + ".0";
  }
  const auto point = static_cast<std::size_t>(exponent) + 1;
  return sign + digits.substr(0, point) + "." + digits.substr(point);
}

}  // namespace

std::string repr_of_float(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[40];
  const auto [end, error] =
      std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific);
  return lay_out_digits(std::string_view(buffer, static_cast<std::size_t>(end - buffer)));
}

std::string repr_of_text(std::string_view value) {
  const bool double_quotes =
      value.find('\'') != std::string_view::npos && value.find('"') == std::string_view::npos;
  const char quote = double_quotes ? '"' : '\'';
  std::string out(1, quote);
  for (std::size_t at = 0; at < value.size();) {
    const char32_t c = next_character(value, at);
    if (c == static_cast<char32_t>(quote)) {
      out += '\\';
      out += quote;
    } else if (c == '\\' || !is_printable(c)) {
      append_escape(out, c);
    } else {
      append_character(out, c);
    }
  }
  return out + quote;
}

void append_repr(TextBuilder& out, const Value& value) {
  const Level level(out.meter());
  switch (value.kind()) {
    case Kind::kString:
      out.meter().scan(value.str().size());
      if (is_markup(value)) out.append("Markup(");
      out.append(repr_of_text(value.str()));
      if (is_markup(value)) out.append(")");
      return;
    case Kind::kList:
      out.append("[");
      append_items(out, value.items());
      out.append("]");
      return;
    case Kind::kTuple:
      out.append("(");
      append_items(out, value.items());
      out.append(value.items().size() == 1 ? ",)" : ")");
      return;
    case Kind::kDict:
      append_dict(out, value.dict());
      return;
    case Kind::kUndefined:
      out.append("Undefined");
      return;
    case Kind::kObject:
      value.object().append_repr(out);
      return;
    default:
      append_text(out, value);
  }
}

void append_text(TextBuilder& out, const Value& value) {
  switch (value.kind()) {
    case Kind::kMissing:
    case Kind::kUndefined:
      return;
    case Kind::kNone:
      out.append("None");
      return;
    case Kind::kBool:
      out.append(value.as_bool() ? "True" : "False");
      return;
    case Kind::kInt:
      out.append(std::to_string(value.as_int()));
      return;
    case Kind::kFloat:
      out.append(repr_of_float(value.as_float()));
      return;
    case Kind::kString:
      out.append(value.str());
      return;
    default:
      append_repr(out, value);
  }
}

Value to_text(Meter& meter, const Value& value) {
  if (value.is(Kind::kString)) return value;
  TextBuilder out(meter);
  append_text(out, value);
  return out.finish();
}

}  // namespace fettle::tokenize::jinja
