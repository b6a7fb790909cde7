#include "evaluate/service.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace fettle::evaluate {
namespace {

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - std::floor(place)) * (sorted[above] - sorted[below]);
}

double price(const Json& prices, const char* key, const std::string& model,
             const std::string& where) {
  const Json* const value = find(prices, key);
  const double number = value != nullptr && value->is_number() ? value->get<double>() : -1;
  if (number >= 0) return number;
  throw UsageError("{}: {}: \"{}\" is no price; give a number of at least 0 a million tokens",
                   where, model, key);
}

}  // namespace

Prices prices_of(const Json& json, const std::string& model, const std::string& where) {
  const Json* const prices = find(json, model);
  if (prices == nullptr) {
    throw UsageError("{}: has no prices of {}; add {{\"{}\": {{\"input\": 0.5, \"output\": 1.5}}}}",
                     where, model, model);
  }
  return {price(*prices, "input", model, where), price(*prices, "output", model, where)};
}

std::optional<Service> service_of(const std::vector<TaskRow>& rows,
                                  const std::optional<Prices>& prices) {
  std::vector<double> seconds;
  Service out;
  for (const TaskRow& row : rows) {
    if (row.said.seconds <= 0) continue;
    seconds.push_back(row.said.seconds);
    out.prompt_tokens += row.said.prompt_tokens;
    out.answer_tokens += row.said.tokens;
  }
  if (seconds.empty()) return std::nullopt;
  std::ranges::sort(seconds);
  out.rows = static_cast<std::int64_t>(seconds.size());
  out.median_seconds = quantile(seconds, 0.5);
  out.p95_seconds = quantile(seconds, 0.95);
  if (prices) {
    out.cost = (prices->input * static_cast<double>(out.prompt_tokens) +
                prices->output * static_cast<double>(out.answer_tokens)) /
               1e6;
  }
  return out;
}

Json to_json(const Service& service) {
  return {{"rows", service.rows},
          {"median_seconds", service.median_seconds},
          {"p95_seconds", service.p95_seconds},
          {"prompt_tokens", service.prompt_tokens},
          {"answer_tokens", service.answer_tokens},
          {"cost", service.cost ? Json(*service.cost) : Json(nullptr)}};
}

std::optional<Service> service_from(const Json& json) {
  try {
    Service out{
        json.at("rows").get<std::int64_t>(),          json.at("median_seconds").get<double>(),
        json.at("p95_seconds").get<double>(),         json.at("prompt_tokens").get<std::int64_t>(),
        json.at("answer_tokens").get<std::int64_t>(), std::nullopt};
    if (!json.at("cost").is_null()) out.cost = json.at("cost").get<double>();
    return out;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::string service_text(const Service& service) {
  std::string out = text("median {:.3g} s, p95 {:.3g} s a row; {} tokens in, {} out",
                         service.median_seconds, service.p95_seconds,
                         with_commas(service.prompt_tokens), with_commas(service.answer_tokens));
  if (service.cost) out += text("; cost {:.4g}", *service.cost);
  return out;
}

}  // namespace fettle::evaluate
