// str.format and str.format_map.
#include <algorithm>
#include <charconv>

#include "base/format.h"
#include "tokenize/jinja/format_spec.h"
#include "tokenize/jinja/methods.h"
#include "tokenize/jinja/operators.h"

namespace fettle::tokenize::jinja {
namespace {

class FieldFormatter {
 public:
  FieldFormatter(Runtime& runtime, const Arguments& arguments)
      : runtime_(runtime), arguments_(arguments) {}

  // Fields inside a field's specification are one level deeper; Python allows two.
  Value format(std::string_view pattern, int depth) {
    if (depth > 2) throw Failure("fields are nested too deeply in the format string");
    TextBuilder out(runtime_.meter);
    std::size_t at = 0;
    while (at < pattern.size()) {
      const std::size_t brace = std::min(pattern.find_first_of("{}", at), pattern.size());
      out.append(pattern.substr(at, brace - at));
      at = brace;
      if (at == pattern.size()) break;
      if (at + 1 < pattern.size() && pattern[at + 1] == pattern[at]) {
        out.append(pattern.substr(at, 1));
        at += 2;
        continue;
      }
      if (pattern[at] == '}') throw Failure("single '}' encountered in format string");
      const std::size_t end = field_end(pattern, at + 1);
      append_text(out, field(pattern.substr(at + 1, end - at - 1), depth));
      at = end + 1;
    }
    return out.finish();
  }

 private:
  static std::size_t field_end(std::string_view pattern, std::size_t at) {
    int open = 1;
    for (; at < pattern.size(); ++at) {
      if (pattern[at] == '{') ++open;
      if (pattern[at] == '}' && --open == 0) return at;
    }
    throw Failure("expected '}' before end of string");
  }

  Value field(std::string_view body, int depth) {
    const std::size_t name_end = std::min(body.find_first_of("!:"), body.size());
    std::string_view rest = body.substr(name_end);
    Value value = look_up(body.substr(0, name_end));
    if (rest.starts_with('!')) {
      if (rest.size() < 2 || (rest.size() > 2 && rest[2] != ':')) {
        throw Failure("expected ':' after conversion specifier");
      }
      value = convert(value, rest[1]);
      rest.remove_prefix(2);
    }
    if (rest.starts_with(':')) rest.remove_prefix(1);
    const Value spec = format(rest, depth + 1);
    if (spec.str().empty()) return to_text(runtime_.meter, value);
    return format_value(runtime_, value, read_format_spec(spec.str()));
  }

  Value convert(const Value& value, char conversion) {
    if (conversion == 's') return to_text(runtime_.meter, value);
    if (conversion != 'r' && conversion != 'a') {
      throw Failure(text("unknown conversion specifier '{}'", std::string(1, conversion)));
    }
    TextBuilder out(runtime_.meter);
    append_repr(out, value);
    return out.finish();
  }

  Value look_up(std::string_view name) {
    const std::size_t end = std::min(name.find_first_of(".["), name.size());
    Value value = first(name.substr(0, end));
    name.remove_prefix(end);
    while (!name.empty()) {
      const bool item = name.front() == '[';
      name.remove_prefix(1);
      const std::size_t stop =
          std::min(item ? name.find(']') : name.find_first_of(".["), name.size());
      value = step(value, name.substr(0, stop), item);
      name.remove_prefix(std::min(stop + (item ? 1 : 0), name.size()));
      if (!name.empty() && name.front() != '.' && name.front() != '[') {
        throw Failure("only '.' or '[' may follow ']' in a format field");
      }
    }
    return value;
  }

  Value step(const Value& value, std::string_view key, bool item) {
    if (key.empty()) throw Failure("empty attribute in format string");
    if (key.starts_with("__")) throw Failure(text("the attribute '{}' is refused", key));
    const std::optional<std::size_t> index = number(key);
    if (item && index.has_value()) {
      return get_item(runtime_, value, Value::integer(static_cast<std::int64_t>(*index)));
    }
    const Value name = make_string(&runtime_.meter, std::string(key));
    return item ? get_item(runtime_, value, name) : get_attribute(runtime_, value, name);
  }

  Value first(std::string_view name) {
    std::optional<std::size_t> index = number(name);
    if (name.empty()) index = automatic_++;
    if (index.has_value()) {
      if (*index < arguments_.positional.size()) return arguments_.positional[*index];
      throw Failure(text("replacement index {} out of range for positional arguments", *index));
    }
    for (const auto& [key, value] : arguments_.named) {
      if (key == name) return value;
    }
    throw Failure(text("the format string names '{}', which was not passed", name));
  }

  static std::optional<std::size_t> number(std::string_view digits) {
    std::size_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, value);
    if (digits.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return value;
  }

  Runtime& runtime_;
  const Arguments& arguments_;
  std::size_t automatic_ = 0;
};

}  // namespace

Value format_fields(Call& call) {
  call.meter().scan(call.self.str().size());
  return FieldFormatter(call.runtime, call.more).format(call.self.str(), 1);
}

Value format_map(Call& call) {
  if (!call[0].is(Kind::kDict)) throw Failure("format_map() wants a mapping");
  Arguments arguments;
  for (const auto& [key, value] : call[0].dict().items) {
    if (key.is(Kind::kString)) arguments.named.emplace_back(key.str(), value);
  }
  return FieldFormatter(call.runtime, arguments).format(call.self.str(), 1);
}

}  // namespace fettle::tokenize::jinja
