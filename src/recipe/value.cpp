#include "recipe/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "base/nearest.h"

namespace fettle::recipe {
namespace {

using Failure = tl::unexpected<std::string>;

std::string shown(std::string_view value) {
  return to_text(Json(std::string(value.substr(0, 128))));
}

std::string_view kind_name(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "keys and values";
    case YamlNode::Kind::kScalar:
      break;
  }
  return "a value";
}

std::string_view article(FieldType type) {
  return type == FieldType::kBool || type == FieldType::kText ? "" : "a ";
}

Failure wrong_type(const FieldInfo& field, std::string_view got, std::string_view next = {}) {
  std::string what =
      text("{} must be {}{}, not {}", field.name, article(field.type), type_name(field.type), got);
  if (!next.empty()) what += text("; {}", next);
  return Failure(std::move(what));
}

std::optional<bool> bool_of(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, bool>, 18> kWords = {{{"true", true},
                                                                                {"True", true},
                                                                                {"TRUE", true},
                                                                                {"yes", true},
                                                                                {"Yes", true},
                                                                                {"YES", true},
                                                                                {"on", true},
                                                                                {"On", true},
                                                                                {"ON", true},
                                                                                {"false", false},
                                                                                {"False", false},
                                                                                {"FALSE", false},
                                                                                {"no", false},
                                                                                {"No", false},
                                                                                {"NO", false},
                                                                                {"off", false},
                                                                                {"Off", false},
                                                                                {"OFF", false}}};
  for (const auto& [known, value] : kWords) {
    if (known == word) return value;
  }
  return std::nullopt;
}

std::size_t digits_at(std::string_view word, std::size_t from) {
  std::size_t end = from;
  while (end < word.size() && word[end] >= '0' && word[end] <= '9') ++end;
  return end - from;
}

bool is_integer(std::string_view word) {
  const std::size_t sign = !word.empty() && (word[0] == '-' || word[0] == '+') ? 1 : 0;
  const std::size_t digits = digits_at(word, sign);
  return digits > 0 && sign + digits == word.size();
}

// [sign] digits [. digits] [e [sign] digits], with digits before or after the point.
bool is_number(std::string_view word) {
  std::size_t at = !word.empty() && (word[0] == '-' || word[0] == '+') ? 1 : 0;
  std::size_t digits = digits_at(word, at);
  at += digits;
  if (at < word.size() && word[at] == '.') {
    const std::size_t after = digits_at(word, at + 1);
    digits += after;
    at += 1 + after;
  }
  if (digits == 0) return false;
  if (at < word.size() && (word[at] == 'e' || word[at] == 'E')) {
    ++at;
    if (at < word.size() && (word[at] == '-' || word[at] == '+')) ++at;
    const std::size_t exponent = digits_at(word, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == word.size();
}

std::string_view number_hint(std::string_view word, bool whole) {
  if (word.find('_') != std::string_view::npos) return "write the digits without underscores";
  if (word.find(',') != std::string_view::npos) return "write the digits without commas";
  if (whole && is_number(word)) return "write all its digits";
  return {};
}

bool in_range(const FieldRule& rule, double value) {
  const bool low = rule.above_min ? value > rule.min : value >= rule.min;
  const bool high = rule.below_max ? value < rule.max : value <= rule.max;
  return low && high;
}

Failure out_of_range(const FieldInfo& field, std::string_view word) {
  const std::string range = range_text(field.rule);
  return Failure(text("{} is {}; allowed: {}", field.name, word.substr(0, 128),
                      range.empty() ? "numbers of 64 bits" : range));
}

tl::expected<FieldValue, std::string> to_bool(const FieldInfo& field, const YamlNode& node) {
  const auto value = bool_of(node.scalar);
  if (!value) return wrong_type(field, shown(node.scalar));
  if (node.quoted) return wrong_type(field, "text", "take the quotes away");
  return FieldValue(*value);
}

// The number without a leading plus, which from_chars does not read.
template <class T>
bool read_digits(std::string_view word, T& out) {
  if (word.front() == '+') word.remove_prefix(1);
  const auto result = std::from_chars(word.data(), word.data() + word.size(), out);
  return result.ec == std::errc() && result.ptr == word.data() + word.size();
}

tl::expected<FieldValue, std::string> to_integer(const FieldInfo& field, const YamlNode& node) {
  const std::string_view word = node.scalar;
  if (node.quoted) return wrong_type(field, "text", "take the quotes away");
  if (!is_integer(word)) return wrong_type(field, shown(word), number_hint(word, true));
  const std::size_t first = word.find_first_not_of("+-");
  if (word.size() - first > 1 && word[first] == '0') {
    return wrong_type(field, shown(word), "take the leading zero away");
  }
  std::int64_t value = 0;
  if (!read_digits(word, value) || !in_range(field.rule, static_cast<double>(value))) {
    return out_of_range(field, word);
  }
  return FieldValue(value);
}

tl::expected<FieldValue, std::string> to_number(const FieldInfo& field, const YamlNode& node) {
  const std::string_view word = node.scalar;
  if (node.quoted) return wrong_type(field, "text", "take the quotes away");
  if (!is_number(word)) return wrong_type(field, shown(word), number_hint(word, false));
  double value = 0;
  if (!read_digits(word, value) || !std::isfinite(value) || !in_range(field.rule, value)) {
    return out_of_range(field, word);
  }
  return FieldValue(value);
}

Failure not_a_choice(const FieldInfo& field, std::string_view word) {
  const std::string_view meant = nearest(word, field.rule.choices);
  return Failure(text("{} is {}{}; allowed: {}", field.name, shown(word),
                      meant.empty() ? "" : text(": did you mean \"{}\"?", meant),
                      join(field.rule.choices, ", ")));
}

tl::expected<std::string, std::string> to_word(const FieldInfo& field, const std::string& word,
                                               std::vector<std::string>& notes) {
  for (const char c : word) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
      return Failure(text("{} holds a control character; take it away", field.name));
    }
  }
  for (const Spelling& spelling : field.rule.spellings) {
    if (spelling.other != word) continue;
    notes.push_back(text("{}: {} is read as {}", field.name, shown(word), shown(spelling.ours)));
    return std::string(spelling.ours);
  }
  const auto& choices = field.rule.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), word) == choices.end()) {
    return not_a_choice(field, word);
  }
  return word;
}

tl::expected<Converted, std::string> to_list(const FieldInfo& field, const YamlNode& node) {
  Converted out;
  std::vector<std::string> words;
  // One value stands for a list of one.
  const std::vector<YamlNode> one = {node};
  for (const YamlNode& item : node.kind == YamlNode::Kind::kList ? node.items : one) {
    if (item.kind != YamlNode::Kind::kScalar) {
      return wrong_type(field, text("a list with {} in it", kind_name(item.kind)));
    }
    auto word = to_word(field, item.scalar, out.notes);
    if (!word) return Failure(word.error());
    words.push_back(std::move(*word));
  }
  out.value = std::move(words);
  return out;
}

// {a: 1, b: 2} as [a=1, b=2].
tl::expected<Converted, std::string> to_entries(const FieldInfo& field, const YamlNode& node) {
  YamlNode list{.kind = YamlNode::Kind::kList, .line = node.line};
  for (const auto& [key, value] : node.members) {
    if (value.kind != YamlNode::Kind::kScalar) {
      return wrong_type(field, text("{} with {}", shown(key.name), kind_name(value.kind)));
    }
    list.items.push_back(value);
    list.items.back().scalar = key.name + "=" + value.scalar;
  }
  return to_list(field, list);
}

tl::expected<Converted, std::string> to_scalar(const FieldInfo& field, const YamlNode& node) {
  Converted out;
  if (field.type == FieldType::kText) {
    auto word = to_word(field, node.scalar, out.notes);
    if (!word) return Failure(word.error());
    out.value = std::move(*word);
    return out;
  }
  auto value = field.type == FieldType::kBool      ? to_bool(field, node)
               : field.type == FieldType::kInteger ? to_integer(field, node)
                                                   : to_number(field, node);
  if (!value) return Failure(value.error());
  out.value = std::move(*value);
  return out;
}

}  // namespace

tl::expected<Converted, std::string> convert(const FieldInfo& field, const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kNull) {
    if (field.optional) return Converted{};
    return Failure(text("{} has no value; give {}{} or take the key away", field.name,
                        article(field.type), type_name(field.type)));
  }
  if (node.kind == YamlNode::Kind::kMap && field.rule.entries) return to_entries(field, node);
  if (node.kind == YamlNode::Kind::kMap) return wrong_type(field, kind_name(node.kind));
  if (field.type == FieldType::kList) return to_list(field, node);
  if (node.kind == YamlNode::Kind::kList) return wrong_type(field, kind_name(node.kind));
  return to_scalar(field, node);
}

std::string value_text(const FieldValue& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return text("{}", *whole);
  if (const double* number = std::get_if<double>(&value)) return number_text(*number);
  if (const auto* word = std::get_if<std::string>(&value)) return yaml_scalar(*word);
  if (const auto* words = std::get_if<std::vector<std::string>>(&value)) {
    std::vector<std::string> parts;
    for (const std::string& word : *words) parts.push_back(yaml_scalar(word));
    return "[" + join(parts, ", ") + "]";
  }
  return "null";
}

}  // namespace fettle::recipe
