// Answers requests for figures, one JSON object a line: {"metric": ..., ...} -> {"name": number}.
// NaN is written as null.
#include <cmath>
#include <iostream>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "metric/classification.h"
#include "metric/interval.h"
#include "metric/text.h"

namespace fettle::metric {
namespace {

Json number(double value) { return std::isnan(value) ? Json(nullptr) : Json(value); }

Json scores_json(const Scores& scores) {
  return Json::array({scores.precision, scores.recall, scores.f1});
}

Json classification(const Json& request) {
  const auto truth = request.at("truth").get<std::vector<int>>();
  const auto answers = request.at("answers").get<std::vector<int>>();
  const Confusion table = confusion(truth, answers, request.at("classes").get<std::size_t>());
  const ClassReport report = class_report(table);
  Json classes = Json::array();
  for (const Scores& scores : report.classes) classes.push_back(scores_json(scores));
  return {{"accuracy", number(accuracy(table))},
          {"balanced_accuracy", number(balanced_accuracy(table))},
          {"matthews", number(matthews(table))},
          {"confusion", table.counts},
          {"classes", classes},
          {"support", report.support},
          {"macro", scores_json(report.macro)},
          {"micro", scores_json(report.micro)},
          {"weighted", scores_json(report.weighted)}};
}

Json interval_json(const Interval& interval) {
  return {{"low", number(interval.low)}, {"high", number(interval.high)}};
}

Json mean_bootstrap(const Json& request) {
  const auto values = request.at("values").get<std::vector<double>>();
  const Statistic mean = [&](std::span<const std::size_t> rows) {
    double sum = 0;
    for (const std::size_t row : rows) sum += values[row];
    return sum / static_cast<double>(rows.size());
  };
  BootstrapOptions options;
  options.seed = request.at("seed").get<std::uint64_t>();
  options.resamples = request.at("resamples").get<std::int64_t>();
  options.level = request.at("level").get<double>();
  return interval_json(bootstrap(values.size(), mean, options));
}

Json text_figures(const Json& request) {
  const auto answer = request.at("answer").get<std::string>();
  const auto right = request.at("right").get<std::vector<std::string>>();
  return {{"squad", normalised(answer, Normaliser::kSquad)},
          {"strip_lower", normalised(answer, Normaliser::kStripLower)},
          {"exact_match", exact_match(answer, right, Normaliser::kSquad) ? 1 : 0},
          {"f1", token_f1(answer, right)}};
}

Json answer_of(const Json& request) {
  const auto metric = request.at("metric").get<std::string>();
  if (metric == "classification") return classification(request);
  if (metric == "wilson") {
    return interval_json(wilson(request.at("successes").get<std::int64_t>(),
                                request.at("rows").get<std::int64_t>(),
                                request.at("level").get<double>()));
  }
  if (metric == "bootstrap") return mean_bootstrap(request);
  if (metric == "text") return text_figures(request);
  const auto nll = request.at("nll").get<double>();
  const auto count = request.at("count").get<std::int64_t>();
  return {{"perplexity", number(perplexity(nll, count))},
          {"bits_per_byte", number(bits_per_byte(nll, count))}};
}

}  // namespace
}  // namespace fettle::metric

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    fettle::Json answer;
    try {
      const fettle::Result<fettle::Json> request = fettle::parse_json(line, "request");
      answer = request ? fettle::metric::answer_of(*request)
                       : fettle::Json{{"error", request.error().message()}};
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    }
    std::cout << fettle::to_text(answer) << "\n";
  }
  return 0;
}
