// Filters that lay text out: indent, center, truncate, wordwrap, filesizeformat.
#include <array>
#include <cstdio>

#include "base/format.h"
#include "tokenize/jinja/filters.h"
#include "tokenize/jinja/methods.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

const std::string& require_text(Call& call, std::string_view filter) {
  refuse_undefined(call.self);
  if (!call.self.is(Kind::kString)) {
    throw Failure(text("the filter {} wants a str, not a {}", filter, type_name(call.self)));
  }
  return call.self.str();
}

Value indent(Call& call) {
  const std::string source = require_text(call, "indent") + "\n";
  call.meter().scan(source.size());
  TextBuilder indention(call.meter());
  if (call.has(0) && call[0].is(Kind::kString)) {
    indention.append(call[0].str());
  } else {
    indention.append(static_cast<std::size_t>(std::max<std::int64_t>(call.integer_or(0, 4), 0)),
                     ' ');
  }
  const bool blank = call.truth_or(2, false);
  TextBuilder out(call.meter());
  if (call.truth_or(1, false)) out.append(indention.text());
  bool first = true;
  for (const std::string_view line : lines_of(source, false)) {
    if (!first) {
      out.append("\n");
      if (blank || !line.empty()) out.append(indention.text());
    }
    first = false;
    out.append(line);
  }
  return out.finish();
}

Value center_filter(Call& call) {
  Value value = to_text(call.meter(), call.self);
  const auto size = static_cast<std::int64_t>(value.string_cell().characters);
  const std::int64_t width = call.integer_or(0, 80);
  if (width <= size) return value;
  const std::int64_t missing = width - size;
  const std::int64_t before = missing / 2 + (missing & width & 1);
  return pad_text(
      call.runtime, value.str(),
      {static_cast<std::size_t>(before), static_cast<std::size_t>(missing - before), " "});
}

Value truncate(Call& call) {
  const std::int64_t length = call.integer_or(0, 255);
  const std::string end = call.has(2) ? call.string(2) : "...";
  const std::int64_t leeway =
      call.has(3) && !call[3].is(Kind::kNone) ? require_integer(call[3]) : 5;
  const auto end_size = static_cast<std::int64_t>(count_characters(end));
  if (length < end_size) throw Failure(text("expected length >= {}, got {}", end_size, length));
  if (leeway < 0) throw Failure(text("expected leeway >= 0, got {}", leeway));
  const auto size = static_cast<std::int64_t>(length_of(call.self));
  if (size <= leeway || size - leeway <= length) return call.self;
  std::string_view kept = require_text(call, "truncate");
  kept = kept.substr(0, byte_offset(kept, static_cast<std::size_t>(length - end_size)));
  if (!call.truth_or(1, false)) kept = kept.substr(0, kept.rfind(' '));
  TextBuilder out(call.meter());
  out.append(kept);
  out.append(end);
  return out.finish();
}

Value filesizeformat(Call& call) {
  const std::optional<double> parsed = call.self.is(Kind::kString)
                                           ? parse_float(call.self.str())
                                           : std::optional<double>(call.self.number());
  if (!parsed.has_value() || (!call.self.is(Kind::kString) && !call.self.is_number())) {
    throw Failure("filesizeformat wants a number of bytes");
  }
  const bool binary = call.truth_or(0, false);
  const double base = binary ? 1024.0 : 1000.0;
  const double bytes = *parsed;
  if (bytes == 1.0) return make_string(&call.meter(), "1 Byte");
  if (bytes < base) {
    return make_string(&call.meter(), text("{} Bytes", static_cast<std::int64_t>(bytes)));
  }
  constexpr std::string_view kLetters = "kMGTPEZY";
  double unit = base;
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    unit *= base;
    if (bytes >= unit && i + 1 < kLetters.size()) continue;
    char number[64];
    std::snprintf(number, sizeof(number), "%.1f", base * bytes / unit);
    const char letter = binary && i == 0 ? 'K' : kLetters[i];
    return make_string(&call.meter(),
                       text("{} {}{}", number, std::string(1, letter), binary ? "iB" : "B"));
  }
  return Value::none();
}

constexpr std::array kLayoutFilters = {
    Builtin{"indent", "width? first? blank?", indent},
    Builtin{"center", "width?", center_filter},
    Builtin{"truncate", "length? killwords? end? leeway?", truncate},
    Builtin{"filesizeformat", "binary?", filesizeformat},
};

}  // namespace

std::span<const Builtin> layout_filters() { return kLayoutFilters; }

}  // namespace fettle::tokenize::jinja
