#include "recipe/field_info.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <type_traits>

#include "base/error.h"

namespace fettle::recipe {
namespace {

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class T>
constexpr FieldType type_of() {
  if constexpr (std::is_same_v<T, bool>) {
    return FieldType::kBool;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return FieldType::kInteger;
  } else if constexpr (std::is_same_v<T, double>) {
    return FieldType::kNumber;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return FieldType::kText;
  } else {
    static_assert(std::is_same_v<T, std::vector<std::string>>, "a type that recipes do not know");
    return FieldType::kList;
  }
}

class Describer {
 public:
  explicit Describer(FieldTable& table) : table_(table) {}

  template <class T>
  void operator()(std::string_view name, T& member, const FieldRule& rule) {
    if constexpr (requires { member.fields(*this); }) {
      table_.sections.push_back({name, rule.help});
      member.fields(*this);
    } else if constexpr (kIsOptional<T>) {
      FieldValue value;
      if (member) value = *member;
      add(name, type_of<typename T::value_type>(), true, std::move(value), rule);
    } else {
      add(name, type_of<T>(), false, member, rule);
    }
  }

 private:
  void add(std::string_view name, FieldType type, bool optional, FieldValue value,
           const FieldRule& rule) {
    table_.fields.push_back({.section = table_.sections.back().name,
                             .name = name,
                             .type = type,
                             .optional = optional,
                             .value = std::move(value),
                             .rule = rule});
  }

  FieldTable& table_;
};

class Assigner {
 public:
  explicit Assigner(const std::map<std::string, FieldValue>& values) : values_(values) {}

  template <class T>
  void operator()(std::string_view name, T& member, const FieldRule&) {
    if constexpr (requires { member.fields(*this); }) {
      section_ = name;
      member.fields(*this);
    } else {
      const auto found = values_.find(section_ + "." + std::string(name));
      if (found != values_.end()) set(found->second, member, found->first);
    }
  }

 private:
  template <class T>
  static void set(const FieldValue& value, T& member, const std::string& path) {
    if constexpr (kIsOptional<T>) {
      member.reset();
      if (!std::holds_alternative<std::monostate>(value)) set(value, member.emplace(), path);
    } else {
      const T* typed = std::get_if<T>(&value);
      if (typed == nullptr) throw InternalError("{} was given a value of another type", path);
      member = *typed;
    }
  }

  const std::map<std::string, FieldValue>& values_;
  std::string section_;
};

}  // namespace

FieldTable describe(const Recipe& recipe) {
  FieldTable table;
  Describer visitor(table);
  Recipe copy = recipe;
  copy.fields(visitor);
  return table;
}

void assign(Recipe& recipe, const std::map<std::string, FieldValue>& values) {
  Assigner visitor(values);
  recipe.fields(visitor);
}

std::string_view type_name(FieldType type) {
  switch (type) {
    case FieldType::kBool:
      return "true or false";
    case FieldType::kInteger:
      return "whole number";
    case FieldType::kNumber:
      return "number";
    case FieldType::kText:
      return "text";
    case FieldType::kList:
      return "list of texts";
  }
  throw InternalError("a field's type is {}", type);
}

std::string number_text(double value) {
  std::array<char, 64> digits{};
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-5 && size < 1e17);
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  std::string out(digits.data(), end);
  // YAML 1.1 takes 1e-08 for text and 1.0e-08 for a number.
  if (!plain && out.find('.') == std::string::npos) out.insert(out.find('e'), ".0");
  return out;
}

std::string range_text(const FieldRule& rule) {
  const bool low = std::isfinite(rule.min);
  const bool high = std::isfinite(rule.max);
  if (low && high && !rule.above_min && !rule.below_max) {
    return number_text(rule.min) + " to " + number_text(rule.max);
  }
  std::string out;
  if (low) out = (rule.above_min ? "above " : "at least ") + number_text(rule.min);
  if (low && high) out += " and ";
  if (high) out += (rule.below_max ? "below " : "at most ") + number_text(rule.max);
  return out;
}

}  // namespace fettle::recipe
