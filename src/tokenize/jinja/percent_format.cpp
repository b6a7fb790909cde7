// "format" % values.
#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "tokenize/jinja/format_spec.h"
#include "tokenize/jinja/operators.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

class PercentFormatter {
 public:
  PercentFormatter(Runtime& runtime, std::string_view pattern, const Value& values)
      : runtime_(runtime), pattern_(pattern), values_(values), out_(runtime.meter) {}

  Value run() {
    while (at_ < pattern_.size()) {
      const std::size_t mark = std::min(pattern_.find('%', at_), pattern_.size());
      out_.append(pattern_.substr(at_, mark - at_));
      at_ = mark;
      if (at_ < pattern_.size()) conversion();
    }
    const bool is_mapping = values_.is(Kind::kDict) || values_.is(Kind::kList) ||
                            (values_.is(Kind::kObject) && values_.object().has_items());
    const bool all_used =
        values_.is(Kind::kTuple) ? used_ == values_.items().size() : used_ == 1 || is_mapping;
    if (!all_used) throw Failure("not all arguments converted during string formatting");
    return out_.finish();
  }

 private:
  char peek() const {
    if (at_ >= pattern_.size()) throw Failure("incomplete format");
    return pattern_[at_];
  }

  void conversion() {
    ++at_;
    Value keyed;
    if (peek() == '(') keyed = keyed_value();
    FormatSpec spec = flags();
    if (peek() == '.') {
      ++at_;
      spec.precision = width_of(false).value_or(0);
    }
    while (peek() == 'l' || peek() == 'h' || peek() == 'L') ++at_;
    spec.type = pattern_[at_++];
    if (spec.type == '%') {
      out_.append("%");
      return;
    }
    convert(keyed.missing() ? next() : keyed, spec);
  }

  Value keyed_value() {
    std::size_t open = 0;
    const std::size_t begin = at_ + 1;
    do {
      if (peek() == '(') ++open;
      if (pattern_[at_] == ')') --open;
      ++at_;
    } while (open > 0);
    if (!values_.is(Kind::kDict)) throw Failure("format requires a mapping");
    const std::string_view key = pattern_.substr(begin, at_ - 1 - begin);
    const Value* found = values_.dict().find(key);
    if (found == nullptr)
      throw Failure(text("the format names the key '{}', which is missing", key));
    used_ = 1;
    return *found;
  }

  FormatSpec flags() {
    FormatSpec spec;
    bool left = false;
    bool zero = false;
    for (; std::string_view("-+ #0").find(peek()) != std::string_view::npos; ++at_) {
      const char flag = pattern_[at_];
      left |= flag == '-';
      zero |= flag == '0';
      spec.alternate |= flag == '#';
      if (flag == '+') spec.sign = '+';
      if (flag == ' ' && spec.sign != '+') spec.sign = ' ';
    }
    spec.width = width_of(true).value_or(0);
    zero_ = zero && !left && !left_by_width_;
    spec.align = left || left_by_width_ ? '<' : '>';
    return spec;
  }

  // Digits, or * for the next value.
  std::optional<std::size_t> width_of(bool may_be_negative) {
    left_by_width_ = false;
    std::int64_t value = 0;
    if (peek() == '*') {
      ++at_;
      const Value given = next();
      if (!given.is(Kind::kInt)) throw Failure("* wants int");
      value = given.as_int();
      left_by_width_ = may_be_negative && value < 0;
      value =
          value < 0 ? (may_be_negative ? -std::max<std::int64_t>(value, -(1LL << 40)) : 0) : value;
    } else {
      if (peek() < '0' || peek() > '9') return std::nullopt;
      while (peek() >= '0' && peek() <= '9') {
        value = std::min<std::int64_t>(value * 10 + (pattern_[at_++] - '0'), 1LL << 40);
      }
    }
    if (value > static_cast<std::int64_t>(kMaxFormatWidth)) {
      throw Failure(
          text("a width of {} is too large; up to {} are allowed", value, kMaxFormatWidth));
    }
    return static_cast<std::size_t>(value);
  }

  Value next() {
    if (!values_.is(Kind::kTuple)) {
      if (used_++ == 0) return values_;
    } else if (used_ < values_.items().size()) {
      return values_.items()[used_++];
    }
    throw Failure("not enough arguments for format string");
  }

  void convert(const Value& value, FormatSpec& spec) {
    switch (spec.type) {
      case 's':
      case 'r':
      case 'a':
        return append_shown(value, spec);
      case 'c':
        return append_one_character(value, spec);
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X':
        return append_integer(value, spec);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        refuse_undefined(value);
        if (!value.is_number()) {
          throw Failure(text("must be real number, not {}", type_name(value)));
        }
        return append_number(format_float(value.number(), spec), spec);
      default:
        throw Failure(text("unsupported format character '{}'", std::string(1, spec.type)));
    }
  }

  void append_shown(const Value& value, const FormatSpec& spec) {
    TextBuilder shown(runtime_.meter);
    if (spec.type == 's') {
      append_text(shown, value);
    } else {
      append_repr(shown, value);
    }
    std::string_view cut = shown.text();
    if (spec.precision.has_value()) cut = cut.substr(0, byte_offset(cut, *spec.precision));
    append_text(out_, aligned(runtime_, cut, spec, true));
  }

  void append_one_character(const Value& value, const FormatSpec& spec) {
    std::string character;
    if (value.is_integral() && value.as_int() >= 0 && value.as_int() <= 0x10FFFF &&
        (value.as_int() < 0xD800 || value.as_int() > 0xDFFF)) {
      append_character(character, static_cast<char32_t>(value.as_int()));
    } else if (value.is(Kind::kString) && value.string_cell().characters == 1) {
      character = value.str();
    } else {
      throw Failure("%c requires int or char");
    }
    append_text(out_, aligned(runtime_, character, spec, true));
  }

  void append_integer(const Value& value, FormatSpec& spec) {
    refuse_undefined(value);
    const bool decimal = spec.type == 'd' || spec.type == 'i' || spec.type == 'u';
    const bool fits = value.is_integral() || (decimal && value.is(Kind::kFloat));
    if (!fits) {
      throw Failure(text("%{} format: a number is required, not {}", std::string(1, spec.type),
                         type_name(value)));
    }
    if (value.is(Kind::kFloat) && !(std::abs(value.as_float()) < 9.2e18)) {
      throw Failure("the number does not fit into 64 bits");
    }
    const std::int64_t number =
        value.is(Kind::kFloat) ? static_cast<std::int64_t>(value.as_float()) : value.as_int();
    if (decimal) spec.type = 'd';
    std::string digits = format_integer(number, spec);
    const std::size_t sign =
        !digits.empty() && std::isalnum(static_cast<unsigned char>(digits[0])) == 0;
    const std::size_t prefix = spec.alternate && !decimal ? 2 : 0;
    const std::size_t count = digits.size() - sign - prefix;
    if (spec.precision.value_or(0) > count) {
      digits.insert(sign + prefix, *spec.precision - count, '0');
    }
    append_number(digits, spec);
  }

  void append_number(const std::string& digits, FormatSpec& spec) {
    if (zero_) {
      spec.align = '=';
      spec.fill = "0";
    }
    append_text(out_, aligned(runtime_, digits, spec, true));
  }

  Runtime& runtime_;
  std::string_view pattern_;
  const Value& values_;
  TextBuilder out_;
  std::size_t at_ = 0;
  std::size_t used_ = 0;
  bool zero_ = false;
  bool left_by_width_ = false;
};

}  // namespace

Value percent_format(Runtime& runtime, const Value& format, const Value& values) {
  runtime.meter.scan(format.str().size());
  return PercentFormatter(runtime, format.str(), values).run();
}

}  // namespace fettle::tokenize::jinja
