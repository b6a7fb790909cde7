#include <algorithm>

#include "base/error.h"
#include "evaluate/prompter.h"
#include "evaluate/python_literal.h"

namespace fettle::evaluate {

std::string shown_value(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_null()) return "None";
  return to_text(value);
}

Field::Field(const Json& value, std::string where) : value_(value), where_(std::move(where)) {
  if (!value_.is_string()) return;
  auto parsed = tokenize::TextTemplate::parse(value_.get<std::string>(), where_);
  if (!parsed) throw DataError("{}", parsed.error().message());
  template_.emplace(std::move(*parsed));
}

bool Field::is_template_of(const Json& row) const {
  return template_.has_value() && find(row, value_.get<std::string>()) == nullptr;
}

Json Field::of(const Json& row) const {
  if (!template_) return value_;
  if (const Json* column = find(row, value_.get<std::string>())) return *column;
  Result<std::string> rendered = template_->render(row);
  if (!rendered) throw DataError("{}", rendered.error().message());
  return Json(std::move(*rendered));
}

std::vector<std::string> Field::list_of(const Json& row) const {
  Json value = of(row);
  if (value.is_string()) {
    Result<Json> parsed = parse_literal(value.get_ref<const std::string&>(), where_);
    if (!parsed) throw DataError("{}", parsed.error().message());
    value = std::move(*parsed);
  }
  if (!value.is_array() && !value.is_object()) {
    throw DataError("{}: gives {}; a list is wanted", where_, to_text(value).substr(0, 80));
  }
  std::vector<std::string> out;
  for (const Json& item : value) out.push_back(shown_value(item));
  return out;
}

}  // namespace fettle::evaluate
