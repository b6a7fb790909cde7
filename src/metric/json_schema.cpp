#include "metric/json_schema.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/error.h"
#include "metric/extract.h"
#include "metric/pattern.h"
#include "metric/unicode.h"

namespace fettle::metric {
namespace {

constexpr int kMaxSchemaDepth = 200;
constexpr std::int64_t kMaxSteps = 2'000'000;

using Violation = std::optional<std::string>;

std::string shown(const Json& value) {
  std::string out = to_text(value);
  return out.size() > 60 ? out.substr(0, 57) + "..." : out;
}

bool is_whole(const Json& value) {
  return value.is_number_integer() ||
         (value.is_number() && std::trunc(value.get<double>()) == value.get<double>());
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "number") return value.is_number();
  if (type == "integer") return is_whole(value);
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  throw DataError(
      "JSON schema: \"{}\" is no type; allowed: object, array, string, number, integer, "
      "boolean, null",
      type);
}

bool is_multiple(double value, double of) {
  const double times = value / of;
  if (!std::isfinite(times)) return std::fmod(value, of) == 0;
  return std::trunc(times) == times;
}

class Validator {
 public:
  explicit Validator(const Json& root) : root_(root) {}

  Violation check(const Json& schema, const Json& value, const std::string& at) {
    if (++steps_ > kMaxSteps || depth_ > kMaxSchemaDepth) {
      throw DataError("JSON schema: is nested or refers to itself too deeply");
    }
    if (schema.is_boolean()) {
      if (schema.get<bool>()) return std::nullopt;
      return text("{}: nothing is allowed here", at);
    }
    if (!schema.is_object()) throw DataError("JSON schema: {} is no schema", shown(schema));
    ++depth_;
    Violation found = check_any(schema, value, at);
    if (!found && value.is_number()) found = check_number(schema, value, at);
    if (!found && value.is_string()) found = check_text(schema, value, at);
    if (!found && value.is_array()) found = check_array(schema, value, at);
    if (!found && value.is_object()) found = check_object(schema, value, at);
    if (!found) found = check_combined(schema, value, at);
    --depth_;
    return found;
  }

 private:
  bool keeps(const Json& schema, const Json& value) { return !check(schema, value, ""); }

  const Pattern& pattern(const Json& expression) {
    const auto source = expression.get<std::string>();
    const auto found = patterns_.find(source);
    if (found != patterns_.end()) return found->second;
    Result<Pattern> made = Pattern::compile(source);
    if (!made) throw DataError("JSON schema: {}", made.error().message());
    return patterns_.emplace(source, std::move(*made)).first->second;
  }

  bool fits(const Json& expression, const std::string& words) {
    const Result<bool> found = pattern(expression).matches(words);
    if (!found) throw DataError("JSON schema: {}", found.error().message());
    return *found;
  }

  const Json& referred(const std::string& reference) {
    if (!reference.starts_with('#')) {
      throw DataError("JSON schema: $ref \"{}\" leads outside; write it into the schema",
                      reference);
    }
    try {
      return root_.at(Json::json_pointer(reference.substr(1)));
    } catch (const nlohmann::json::exception&) {
      throw DataError("JSON schema: $ref \"{}\" leads nowhere", reference);
    }
  }

  Violation check_any(const Json& schema, const Json& value, const std::string& at) {
    if (const Json* reference = find(schema, "$ref")) {
      if (Violation found = check(referred(reference->get<std::string>()), value, at)) return found;
    }
    if (const Json* type = find(schema, "type")) {
      const Json types = type->is_array() ? *type : Json::array({*type});
      const bool fits = std::any_of(types.begin(), types.end(), [&](const Json& one) {
        return has_type(value, one.get<std::string>());
      });
      if (!fits) return text("{}: is {}; type {} is allowed", at, shown(value), shown(*type));
    }
    if (const Json* choices = find(schema, "enum")) {
      const bool among = std::any_of(choices->begin(), choices->end(),
                                     [&](const Json& one) { return same_json(one, value); });
      if (!among) return text("{}: is {}; allowed: {}", at, shown(value), shown(*choices));
    }
    if (const Json* one = find(schema, "const"); one != nullptr && !same_json(*one, value)) {
      return text("{}: is {}; {} is allowed", at, shown(value), shown(*one));
    }
    return std::nullopt;
  }

  static Violation check_number(const Json& schema, const Json& value, const std::string& at) {
    const auto number = value.get<double>();
    const auto bound = [&](const char* key, auto&& wrong, const char* words) -> Violation {
      const Json* limit = find(schema, key);
      if (limit == nullptr || !limit->is_number() || !wrong(limit->get<double>())) return {};
      return text("{}: is {}; {} {} is allowed", at, shown(value), words, shown(*limit));
    };
    if (auto v = bound(
            "minimum", [&](double b) { return number < b; }, "at least"))
      return v;
    if (auto v = bound(
            "maximum", [&](double b) { return number > b; }, "at most"))
      return v;
    if (auto v = bound(
            "exclusiveMinimum", [&](double b) { return number <= b; }, "above"))
      return v;
    if (auto v = bound(
            "exclusiveMaximum", [&](double b) { return number >= b; }, "below"))
      return v;
    return bound(
        "multipleOf", [&](double b) { return !is_multiple(number, b); }, "a multiple of");
  }

  // A size against a keyword for the least and one for the most.
  static Violation check_size(const Json& schema, std::size_t size, const char* least,
                              const char* most, std::string_view what, const std::string& at) {
    const auto count = static_cast<double>(size);
    const Json* low = find(schema, least);
    const Json* high = find(schema, most);
    if (low != nullptr && count < low->get<double>()) {
      return text("{}: has {} {}; at least {} are allowed", at, size, what, shown(*low));
    }
    if (high != nullptr && count > high->get<double>()) {
      return text("{}: has {} {}; at most {} are allowed", at, size, what, shown(*high));
    }
    return std::nullopt;
  }

  Violation check_text(const Json& schema, const Json& value, const std::string& at) {
    const auto words = value.get<std::string>();
    if (auto v = check_size(schema, code_points(words).size(), "minLength", "maxLength",
                            "characters", at)) {
      return v;
    }
    const Json* expression = find(schema, "pattern");
    if (expression != nullptr && !fits(*expression, words)) {
      return text("{}: is {}; the pattern {} is allowed", at, shown(value), shown(*expression));
    }
    return std::nullopt;
  }

  Violation check_items(const Json& schema, const Json& value, const std::string& at) {
    const Json* prefix = find(schema, "prefixItems");
    const Json* rest = find(schema, "items");
    if (rest != nullptr && rest->is_array()) {  // draft 7
      prefix = rest;
      rest = find(schema, "additionalItems");
    }
    const std::size_t fixed = prefix == nullptr ? 0 : prefix->size();
    for (std::size_t i = 0; i < value.size(); ++i) {
      const Json* one = i < fixed ? &(*prefix)[i] : rest;
      if (one == nullptr) continue;
      if (auto v = check(*one, value[i], text("{}/{}", at, i))) return v;
    }
    return std::nullopt;
  }

  Violation check_array(const Json& schema, const Json& value, const std::string& at) {
    if (auto v = check_size(schema, value.size(), "minItems", "maxItems", "items", at)) return v;
    if (auto v = check_items(schema, value, at)) return v;
    if (find(schema, "uniqueItems") != nullptr && schema["uniqueItems"] == true) {
      steps_ += static_cast<std::int64_t>(value.size() * value.size() / 2);
      for (std::size_t i = 0; i < value.size() && steps_ <= kMaxSteps; ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (same_json(value[i], value[j])) {
            return text("{}: has {} twice; each item may stand once", at, shown(value[i]));
          }
        }
      }
    }
    const Json* contains = find(schema, "contains");
    if (contains == nullptr) return std::nullopt;
    const auto count = static_cast<double>(std::count_if(
        value.begin(), value.end(), [&](const Json& one) { return keeps(*contains, one); }));
    const Json* least = find(schema, "minContains");
    const Json* most = find(schema, "maxContains");
    const bool enough = count >= (least == nullptr ? 1 : least->get<double>());
    if (enough && (most == nullptr || count <= most->get<double>())) return std::nullopt;
    return text("{}: {} items keep {}", at, count, shown(*contains));
  }

  Violation check_members(const Json& schema, const Json& value, const std::string& at) {
    const Json* properties = find(schema, "properties");
    const Json* patterns = find(schema, "patternProperties");
    const Json* others = find(schema, "additionalProperties");
    const Json* names = find(schema, "propertyNames");
    for (const auto& [key, member] : value.items()) {
      const std::string place = at + "/" + key;
      bool known = false;
      if (names != nullptr) {
        if (auto v = check(*names, Json(key), place)) return v;
      }
      if (const Json* own = properties == nullptr ? nullptr : find(*properties, key)) {
        known = true;
        if (auto v = check(*own, member, place)) return v;
      }
      if (patterns != nullptr) {
        for (const auto& [expression, one] : patterns->items()) {
          if (!fits(Json(expression), key)) continue;
          known = true;
          if (auto v = check(one, member, place)) return v;
        }
      }
      if (!known && others != nullptr) {
        if (auto v = check(*others, member, place)) return v;
      }
    }
    return std::nullopt;
  }

  static Violation check_required(const Json& names, const Json& value, const std::string& at) {
    for (const Json& name : names) {
      if (find(value, name.get<std::string>()) == nullptr) {
        return text("{}: has no {}, which is required", at, shown(name));
      }
    }
    return std::nullopt;
  }

  Violation check_object(const Json& schema, const Json& value, const std::string& at) {
    if (auto v =
            check_size(schema, value.size(), "minProperties", "maxProperties", "members", at)) {
      return v;
    }
    if (const Json* names = find(schema, "required")) {
      if (auto v = check_required(*names, value, at)) return v;
    }
    if (auto v = check_members(schema, value, at)) return v;
    for (const char* keyword : {"dependencies", "dependentRequired", "dependentSchemas"}) {
      const Json* all = find(schema, keyword);
      if (all == nullptr) continue;
      for (const auto& [key, needed] : all->items()) {
        if (find(value, key) == nullptr) continue;
        if (auto v =
                needed.is_array() ? check_required(needed, value, at) : check(needed, value, at)) {
          return v;
        }
      }
    }
    return std::nullopt;
  }

  Violation check_combined(const Json& schema, const Json& value, const std::string& at) {
    if (const Json* all = find(schema, "allOf")) {
      for (const Json& one : *all) {
        if (auto v = check(one, value, at)) return v;
      }
    }
    const auto count = [&](const Json& list) {
      return std::count_if(list.begin(), list.end(),
                           [&](const Json& one) { return keeps(one, value); });
    };
    if (const Json* any = find(schema, "anyOf"); any != nullptr && count(*any) == 0) {
      return text("{}: is {}, which keeps none of anyOf", at, shown(value));
    }
    if (const Json* one = find(schema, "oneOf"); one != nullptr && count(*one) != 1) {
      return text("{}: is {}, which keeps {} of oneOf; one is allowed", at, shown(value),
                  count(*one));
    }
    if (const Json* not_this = find(schema, "not");
        not_this != nullptr && keeps(*not_this, value)) {
      return text("{}: is {}, which {} forbids", at, shown(value), shown(*not_this));
    }
    const Json* condition = find(schema, "if");
    if (condition == nullptr) return std::nullopt;
    const Json* then = find(schema, keeps(*condition, value) ? "then" : "else");
    return then == nullptr ? std::nullopt : check(*then, value, at);
  }

  const Json& root_;
  std::unordered_map<std::string, Pattern> patterns_;
  std::int64_t steps_ = 0;
  int depth_ = 0;
};

}  // namespace

std::optional<std::string> schema_violation(const Json& schema, const Json& value) {
  try {
    return Validator(schema).check(schema, value, "");
  } catch (const nlohmann::json::exception& error) {
    throw DataError("JSON schema: a keyword has a value of the wrong type ({})", error.what());
  }
}

}  // namespace fettle::metric
