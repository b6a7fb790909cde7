#include "metric/extract.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/format.h"

namespace fettle::metric {
namespace {

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

// Commas, dollars and a last full stop gone.
std::string cleaned(std::string_view number) {
  std::string out;
  for (const char c : number) {
    if (c != ',' && c != '$') out += c;
  }
  while (out.ends_with('.')) out.pop_back();
  return out;
}

// A run of digits, commas, stops and dollars with a digit in it, and a minus before it.
std::optional<std::string_view> last_run(std::string_view text) {
  constexpr std::string_view kParts = "0123456789.,$";
  std::size_t end = text.size();
  while (end > 0) {
    const std::size_t last = text.find_last_of(kParts, end - 1);
    if (last == std::string_view::npos) return std::nullopt;
    const std::size_t before = text.find_last_not_of(kParts, last);
    std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    const std::string_view run = text.substr(begin, last + 1 - begin);
    if (std::any_of(run.begin(), run.end(), is_ascii_digit)) {
      if (begin > 0 && text[begin - 1] == '-') --begin;
      return text.substr(begin, last + 1 - begin);
    }
    end = begin;
  }
  return std::nullopt;
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<Json> one_call(const Json& given) {
  const Json* function = find(given, "function");
  const Json& call = function != nullptr && function->is_object() ? *function : given;
  const Json* name = find(call, "name");
  if (name == nullptr || !name->is_string()) {
    return problem("tool call", "has no name; {\"name\", \"arguments\"} was expected");
  }
  const Json* arguments = find(call, "arguments");
  if (arguments == nullptr) arguments = find(call, "parameters");
  Json out = {{"name", *name}, {"arguments", arguments == nullptr ? Json::object() : *arguments}};
  if (out["arguments"].is_string()) {
    const Result<Json> parsed = parse_json(out["arguments"].get<std::string>(), "arguments");
    if (!parsed) return tl::unexpected(parsed.error());
    out["arguments"] = *parsed;
  }
  if (!out["arguments"].is_object()) {
    return problem("tool call", "has arguments that are no object");
  }
  return out;
}

Result<Json> calls_of(const Json& given) {
  Json out = Json::array();
  const Json* list = find(given, "tool_calls");
  const Json& all = list != nullptr ? *list : given;
  if (!all.is_array()) {
    const Result<Json> call = one_call(all);
    if (!call) return call;
    out.push_back(*call);
    return out;
  }
  for (const Json& item : all) {
    const Result<Json> call = one_call(item);
    if (!call) return call;
    out.push_back(*call);
  }
  return out;
}

}  // namespace

std::optional<std::string> gsm8k_answer(std::string_view text) {
  const std::size_t mark = text.rfind("####");
  if (mark != std::string_view::npos) {
    std::string_view rest = text.substr(mark + 4);
    rest = rest.substr(0, rest.find('\n'));
    if (const auto found = last_run(rest)) return cleaned(*found);
  }
  const auto found = last_run(text);
  if (!found) return std::nullopt;
  return cleaned(*found);
}

bool same_number(std::string_view a, std::string_view b) {
  const auto first = number_of(a);
  const auto second = number_of(b);
  return first && second ? *first == *second : a == b;
}

bool same_json(const Json& a, const Json& b) {
  if (a.is_object() && b.is_object()) {
    if (a.size() != b.size()) return false;
    std::vector<std::pair<std::string_view, const Json*>> left;
    std::vector<std::pair<std::string_view, const Json*>> right;
    for (const auto& [key, value] : a.items()) left.emplace_back(key, &value);
    for (const auto& [key, value] : b.items()) right.emplace_back(key, &value);
    const auto by_key = [](const auto& x, const auto& y) { return x.first < y.first; };
    std::sort(left.begin(), left.end(), by_key);
    std::sort(right.begin(), right.end(), by_key);
    return std::equal(left.begin(), left.end(), right.begin(), [](const auto& x, const auto& y) {
      return x.first == y.first && same_json(*x.second, *y.second);
    });
  }
  if (a.is_array() && b.is_array()) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_json);
  }
  return a == b;
}

Result<Json> tool_calls(std::string_view text) {
  constexpr std::string_view kOpen = "<tool_call>";
  constexpr std::string_view kClose = "</tool_call>";
  std::size_t at = text.find(kOpen);
  if (at == std::string_view::npos) {
    const Result<Json> whole = parse_json(text, "tool calls");
    return whole ? calls_of(*whole) : whole;
  }
  Json out = Json::array();
  while (at != std::string_view::npos) {
    const std::size_t begin = at + kOpen.size();
    const std::size_t end = std::min(text.find(kClose, begin), text.size());
    const Result<Json> parsed = parse_json(text.substr(begin, end - begin), "tool call");
    if (!parsed) return parsed;
    const Result<Json> calls = calls_of(*parsed);
    if (!calls) return calls;
    out.insert(out.end(), calls->begin(), calls->end());
    at = text.find(kOpen, end);
  }
  return out;
}

bool same_calls(const Json& given, const Json& right, bool ordered) {
  if (given.size() != right.size()) return false;
  std::vector<bool> used(right.size(), false);
  for (std::size_t i = 0; i < given.size(); ++i) {
    bool matched = false;
    for (std::size_t j = ordered ? i : 0; j < (ordered ? i + 1 : right.size()) && !matched; ++j) {
      matched = !used[j] && same_json(given[i], right[j]);
      if (matched) used[j] = true;
    }
    if (!matched) return false;
  }
  return true;
}

}  // namespace fettle::metric
