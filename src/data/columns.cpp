#include "data/columns.h"

#include "base/format.h"

namespace fettle::data {

Found look(const Json& record, const std::string& column, Names usual) {
  if (!column.empty()) return {column, find(record, column)};
  for (const char* const name : usual) {
    if (const Json* value = find(record, name)) return {name, value};
  }
  return {*usual.begin(), nullptr};
}

std::string keys_of(const Json& record) {
  std::string out;
  std::size_t count = 0;
  for (const auto& [key, value] : record.items()) {
    if (++count > 20) return out + ", ...";
    out += (out.empty() ? "" : ", ") + key.substr(0, 64);
  }
  return out.empty() ? "none" : out;
}

tl::unexpected<Problem> lacks(const Json& record, std::string_view key, std::string_view form,
                              const Origin& origin) {
  return problem(origin.text(),
                 text("the form {} needs \"{}\"; its keys are: {}", form, key, keys_of(record)));
}

tl::unexpected<Problem> no_text(const Found& found, const Origin& origin) {
  return problem(origin.text(), text("\"{}\" is a value of type {}; text was expected", found.key,
                                     std::string_view(found.value->type_name())));
}

Result<std::string> optional_text(const Found& found, const Origin& origin) {
  if (found.value == nullptr || found.value->is_null()) return std::string();
  if (!found.value->is_string()) return no_text(found, origin);
  return found.value->get<std::string>();
}

}  // namespace fettle::data
