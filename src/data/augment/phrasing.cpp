#include "data/augment/phrasing.h"

#include <algorithm>

#include "base/format.h"

namespace fettle::data {
namespace {

bool is_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

Result<Phrasing> Phrasing::parse(std::string_view source) {
  Phrasing phrasing;
  std::string words;
  for (std::size_t at = 0; at < source.size(); ++at) {
    const char c = source[at];
    const bool twice = at + 1 < source.size() && source[at + 1] == c;
    if ((c == '{' || c == '}') && twice) {
      words += c;
      ++at;
    } else if (c == '}') {
      return problem(text("byte {}", at + 1), "closes no brace; write }} for a brace");
    } else if (c == '{') {
      const std::size_t end = source.find('}', at);
      const std::string_view name =
          end == std::string_view::npos ? "" : source.substr(at + 1, end - at - 1);
      if (!is_name(name)) {
        return problem(text("byte {}", at + 1),
                       "a brace holds the name of a field, as in {text}; write {{ for a brace");
      }
      phrasing.texts_.push_back(std::move(words));
      phrasing.names_.emplace_back(name);
      words.clear();
      at = end;
    } else {
      words += c;
    }
  }
  phrasing.texts_.push_back(std::move(words));
  return phrasing;
}

Result<std::string> Phrasing::fill(const Json& fields) const {
  std::string out = texts_[0];
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const Json* const value = find(fields, names_[i]);
    if (value == nullptr || !(value->is_string() || value->is_number())) {
      return problem(names_[i], "is no text of the row; name a field that each row has");
    }
    out += value->is_string() ? value->get<std::string>() : to_text(*value);
    out += texts_[i + 1];
  }
  return out;
}

}  // namespace fettle::data
