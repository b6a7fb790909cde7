// The options of a stage or a source: a config struct lists its fields once (base/fields.h), and
// both the list for checks and docs and the filled struct follow from it.
//
//   struct LengthConfig {
//     std::int64_t min_words = 50;
//     template <class Visitor> void fields(Visitor& v) {
//       v("min_words", min_words, {.min = 0, .help = "fewer words: dropped"});
//     }
//   };
//   options_of<LengthConfig>()           the list
//   config_of<LengthConfig>(options)     the struct, from checked options
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/fields.h"
#include "base/json.h"

namespace fettle::data {

struct Option {
  enum class Type { kBool, kInteger, kNumber, kText, kList };
  std::string_view name;
  Type type = Type::kText;
  bool optional = false;
  Json usual;  // the default; null: not given
  FieldRule rule;
};

namespace option_detail {

template <class T>
struct Plain {
  using type = T;
  static constexpr bool optional = false;
};
template <class T>
struct Plain<std::optional<T>> {
  using type = T;
  static constexpr bool optional = true;
};

template <class T>
constexpr Option::Type type_of() {
  if constexpr (std::is_same_v<T, bool>) {
    return Option::Type::kBool;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return Option::Type::kInteger;
  } else if constexpr (std::is_same_v<T, double>) {
    return Option::Type::kNumber;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return Option::Type::kText;
  } else {
    static_assert(std::is_same_v<T, std::vector<std::string>>, "a type that options do not know");
    return Option::Type::kList;
  }
}

struct Describer {
  std::vector<Option>& list;
  template <class T>
  void operator()(std::string_view name, T& member, const FieldRule& rule) {
    using P = Plain<T>;
    Json usual = nullptr;
    if constexpr (P::optional) {
      if (member) usual = *member;
    } else {
      usual = member;
    }
    list.push_back({name, type_of<typename P::type>(), P::optional, std::move(usual), rule});
  }
};

struct Filler {
  const Json& options;
  template <class T>
  void operator()(std::string_view name, T& member, const FieldRule&) {
    const Json* value = find(options, name);
    if (value == nullptr) return;
    using P = Plain<T>;
    if constexpr (P::optional) {
      member.reset();
      if (!value->is_null()) member = value->get<typename P::type>();
    } else {
      member = value->get<T>();
    }
  }
};

}  // namespace option_detail

template <class Config>
[[nodiscard]] std::vector<Option> options_of() {
  std::vector<Option> list;
  Config config;
  option_detail::Describer visitor{list};
  config.fields(visitor);
  return list;
}

// Keys that `options` lacks keep their default. Throws nlohmann's type error for a value of another
// type: options were checked against the list before.
template <class Config>
[[nodiscard]] Config config_of(const Json& options) {
  Config config;
  option_detail::Filler visitor{options};
  config.fields(visitor);
  return config;
}

struct NoOptions {
  template <class Visitor>
  void fields(Visitor&) {}
};

}  // namespace fettle::data
