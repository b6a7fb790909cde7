// Labelled parts of a text, in code points.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>

#include "base/json.h"

namespace fettle::data {

struct Span {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // behind the last character
  std::string label;
  auto operator<=>(const Span&) const = default;
};

[[nodiscard]] inline std::set<Span> read_spans(const Json& value) {
  std::set<Span> out;
  for (const Json& span : value) {
    out.insert({span.at("begin").get<std::uint64_t>(), span.at("end").get<std::uint64_t>(),
                span.at("label").get<std::string>()});
  }
  return out;
}

[[nodiscard]] inline Json spans_json(const std::set<Span>& spans) {
  Json out = Json::array();
  for (const Span& span : spans) {
    out.push_back({{"begin", span.begin}, {"end", span.end}, {"label", span.label}});
  }
  return out;
}

}  // namespace fettle::data
