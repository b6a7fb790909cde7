#include "metric/options.h"

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"

namespace fettle::metric {

Options::Options(std::string_view metric, const Json& given) : metric_(metric), given_(given) {
  if (given.is_null()) given_ = Json::object();
  if (!given_.is_object()) {
    throw UsageError("metric {}: its options are {}; a mapping of names to values was expected",
                     metric_, to_text(given_));
  }
}

const Json* Options::find_option(std::string_view name) {
  known_.emplace_back(name);
  return find(given_, name);
}

bool Options::flag(std::string_view name, bool otherwise) {
  const Json* value = find_option(name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) {
    throw UsageError("metric {}: {} is {}; allowed: true, false", metric_, name, to_text(*value));
  }
  return value->get<bool>();
}

std::int64_t Options::count(std::string_view name, std::int64_t otherwise, std::int64_t min,
                            std::int64_t max) {
  const Json* value = find_option(name);
  if (value == nullptr) return otherwise;
  const bool fits = value->is_number_integer() &&
                    value->get<double>() >= static_cast<double>(min) &&
                    value->get<double>() <= static_cast<double>(max);
  if (!fits) {
    throw UsageError("metric {}: {} is {}; allowed: whole numbers from {} to {}", metric_, name,
                     to_text(*value), min, max);
  }
  return value->get<std::int64_t>();
}

double Options::number(std::string_view name, double otherwise, double min, double max) {
  const Json* value = find_option(name);
  if (value == nullptr) return otherwise;
  if (!value->is_number() || !(value->get<double>() >= min && value->get<double>() <= max)) {
    throw UsageError("metric {}: {} is {}; allowed: numbers from {} to {}", metric_, name,
                     to_text(*value), min, max);
  }
  return value->get<double>();
}

std::string Options::line(std::string_view name, std::string_view otherwise) {
  const Json* value = find_option(name);
  if (value == nullptr) return std::string(otherwise);
  if (!value->is_string()) {
    throw UsageError("metric {}: {} is {}; a text was expected", metric_, name, to_text(*value));
  }
  return value->get<std::string>();
}

std::string Options::word(std::string_view name, std::string_view otherwise,
                          std::initializer_list<std::string_view> choices) {
  std::string value = line(name, otherwise);
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    const std::vector<std::string_view> all(choices);
    throw UsageError("metric {}: {}", metric_, unknown_name(name, value, all));
  }
  return value;
}

void Options::check_all_known() const {
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const auto& [name, value] : given_.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (known.empty()) throw UsageError("metric {}: takes no options; {} was given", metric_, name);
    throw UsageError("metric {}: {}", metric_, unknown_name("option", name, known));
  }
}

}  // namespace fettle::metric
