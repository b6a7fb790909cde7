// The filter tojson as transformers defines it: Python's json.dumps with ensure_ascii=False.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/format.h"
#include "tokenize/jinja/filters.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

struct JsonStyle {
  bool ascii = false;
  bool sort_keys = false;
  bool indented = false;
  std::string indent;
  std::string item_separator = ", ";
  std::string key_separator = ": ";
};

std::string utf16_escape(char32_t c) {
  const auto code = static_cast<std::uint64_t>(c);
  if (code < 0x10000) return text("\\u{:04x}", code);
  const std::uint64_t rest = code - 0x10000;
  return text("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10U), 0xDC00 + (rest & 0x3FFU));
}

std::string json_quoted(std::string_view value, bool ascii) {
  constexpr std::string_view kSpecial = "\"\\\n\r\t\f\b";
  constexpr std::string_view kLetters = "\"\\nrtfb";
  std::string out = "\"";
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t begin = at;
    const char32_t c = next_character(value, at);
    const std::size_t special =
        c < 0x80 ? kSpecial.find(static_cast<char>(c)) : std::string_view::npos;
    if (special != std::string_view::npos) {
      out += '\\';
      out += kLetters[special];
    } else if (c < 0x20 || (ascii && c >= 0x80)) {
      out += utf16_escape(c);
    } else {
      out += value.substr(begin, at - begin);
    }
  }
  return out + '"';
}

std::string json_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return repr_of_float(value);
}

class JsonWriter {
 public:
  JsonWriter(TextBuilder& out, const JsonStyle& style) : out_(out), style_(style) {}

  void write(const Value& value, std::size_t depth) {
    const Level level(out_.meter());
    switch (value.kind()) {
      case Kind::kNone:
        return out_.append("null");
      case Kind::kBool:
        return out_.append(value.as_bool() ? "true" : "false");
      case Kind::kInt:
        return out_.append(std::to_string(value.as_int()));
      case Kind::kFloat:
        return out_.append(json_number(value.as_float()));
      case Kind::kString:
        return write_text(value.str());
      case Kind::kList:
      case Kind::kTuple:
        return write_list(value.items(), depth);
      case Kind::kDict:
        return write_dict(value.dict(), depth);
      default:
        throw Failure(text("Object of type {} is not JSON serializable", jinja::type_name(value)));
    }
  }

 private:
  void write_text(std::string_view value) {
    out_.meter().scan(value.size());
    out_.append(json_quoted(value, style_.ascii));
  }

  void break_line(std::size_t depth) {
    if (!style_.indented) return;
    out_.append("\n");
    for (std::size_t i = 0; i < depth; ++i) out_.append(style_.indent);
  }

  void separate(bool first, std::size_t depth) {
    if (!first) out_.append(style_.item_separator);
    break_line(depth);
  }

  void write_list(const std::vector<Value>& items, std::size_t depth) {
    if (items.empty()) return out_.append("[]");
    out_.append("[");
    bool first = true;
    for (const Value& item : items) {
      separate(first, depth + 1);
      first = false;
      write(item, depth + 1);
    }
    break_line(depth);
    out_.append("]");
  }

  std::string key_text(const Value& key) {
    switch (key.kind()) {
      case Kind::kString:
        return key.str();
      case Kind::kNone:
        return "null";
      case Kind::kBool:
        return key.as_bool() ? "true" : "false";
      case Kind::kInt:
        return std::to_string(key.as_int());
      case Kind::kFloat:
        return json_number(key.as_float());
      default:
        throw Failure(
            text("keys must be str, int, float, bool or None, not {}", jinja::type_name(key)));
    }
  }

  void write_dict(const DictCell& dict, std::size_t depth) {
    if (dict.items.empty()) return out_.append("{}");
    std::vector<std::pair<Value, Value>> rows = dict.items;
    if (style_.sort_keys) sort_pairs(out_.meter(), rows);
    out_.append("{");
    bool first = true;
    for (const auto& [key, value] : rows) {
      separate(first, depth + 1);
      first = false;
      write_text(key_text(key));
      out_.append(style_.key_separator);
      write(value, depth + 1);
    }
    break_line(depth);
    out_.append("}");
  }

  TextBuilder& out_;
  const JsonStyle& style_;
};

bool given(const Call& call, std::size_t index) {
  return call.has(index) && !call[index].is(Kind::kNone);
}

JsonStyle style_of(Call& call) {
  JsonStyle style;
  style.ascii = call.truth_or(0, false);
  style.sort_keys = call.truth_or(3, false);
  if (given(call, 1)) {
    style.indented = true;
    style.item_separator = ",";
    if (call[1].is(Kind::kString)) {
      style.indent = call[1].str();
    } else {
      const std::int64_t width = std::max<std::int64_t>(require_integer(call[1]), 0);
      constexpr std::int64_t kMaxIndent = 1024;
      if (width > kMaxIndent) {
        throw Failure(text("an indent of {} is too wide; up to {} are allowed", width, kMaxIndent));
      }
      style.indent = std::string(static_cast<std::size_t>(width), ' ');
    }
  }
  if (given(call, 2)) {
    const Value pair = elements_of(call.runtime, call[2]);
    if (pair.items().size() != 2 || !pair.items()[0].is(Kind::kString) ||
        !pair.items()[1].is(Kind::kString)) {
      throw Failure("separators must be a pair of strings");
    }
    style.item_separator = pair.items()[0].str();
    style.key_separator = pair.items()[1].str();
  }
  return style;
}

Value tojson(Call& call) {
  const JsonStyle style = style_of(call);
  TextBuilder out(call.meter());
  JsonWriter(out, style).write(call.self, 0);
  return out.finish();
}

constexpr std::array kJsonFilters = {
    Builtin{"tojson", "ensure_ascii? indent? separators? sort_keys?", tojson},
};

}  // namespace

std::span<const Builtin> json_filters() { return kJsonFilters; }

}  // namespace fettle::tokenize::jinja
