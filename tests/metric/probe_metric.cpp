// Answers requests for figures, one JSON object a line: {"metric": ..., ...} -> {"name": number}.
// NaN is written as null.
#include <cmath>
#include <iostream>
#include <map>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "metric/classification.h"
#include "metric/effect.h"
#include "metric/expression.h"
#include "metric/interval.h"
#include "metric/json_schema.h"
#include "metric/paired.h"
#include "metric/pattern.h"
#include "metric/porter.h"
#include "metric/score.h"
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

template <class T>
void take(const Json& columns, const char* name, T& column) {
  if (const Json* given = find(columns, name)) column = given->get<T>();
}

Columns columns_of(const Json& given) {
  Columns out;
  take(given, "truth", out.truth);
  take(given, "said", out.said);
  take(given, "classes", out.classes);
  take(given, "probabilities", out.probabilities);
  take(given, "targets", out.targets);
  take(given, "values", out.values);
  take(given, "answers", out.answers);
  take(given, "references", out.references);
  take(given, "nll", out.nll);
  take(given, "tokens", out.tokens);
  take(given, "words", out.words);
  take(given, "bytes", out.bytes);
  take(given, "right_tokens", out.right_tokens);
  take(given, "samples", out.samples);
  take(given, "passed", out.passed);
  take(given, "clusters", out.clusters);
  return out;
}

BootstrapOptions bootstrap_of(const Json& request) {
  BootstrapOptions out;
  take(request, "seed", out.seed);
  take(request, "resamples", out.resamples);
  take(request, "level", out.level);
  return out;
}

Json option_of(const Json& request) {
  const Json* options = find(request, "options");
  return options == nullptr ? Json(nullptr) : *options;
}

// {"name", "columns", "options", "interval", "each"}: any row of the table of metrics.
Json score(const Json& request) {
  const Columns columns = columns_of(request.at("columns"));
  const auto name = request.at("name").get<std::string>();
  ScoreOptions options{.options = option_of(request), .interval = false};
  options.bootstrap = bootstrap_of(request);
  take(request, "interval", options.interval);
  const Score found = compute(name, columns, options);
  Json out = {{"value", number(found.value)}, {"signature", found.signature}};
  if (found.interval) out["interval"] = interval_json(*found.interval);
  bool each = false;
  take(request, "each", each);
  if (!each) return out;
  out["each"] = Json::array();
  for (const double value : prepare(name, columns, options.options).each()) {
    out["each"].push_back(number(value));
  }
  return out;
}

Json test_json(const TestResult& result) {
  return {{"statistic", number(result.statistic)}, {"p", number(result.p)}};
}

Json effect_json(const Effect& effect) {
  return {{"value", number(effect.value)},
          {"low", number(effect.interval.low)},
          {"high", number(effect.interval.high)}};
}

Json paired(const Json& request) {
  const auto name = request.at("name").get<std::string>();
  const Prepared first = prepare(name, columns_of(request.at("first")), option_of(request));
  const Prepared second = prepare(name, columns_of(request.at("second")), option_of(request));
  const PairedResult found = request.at("test") == "bootstrap"
                                 ? paired_bootstrap(first, second, bootstrap_of(request))
                                 : permutation(first, second, bootstrap_of(request));
  return {{"difference", number(found.difference)},
          {"low", number(found.interval.low)},
          {"high", number(found.interval.high)},
          {"p", number(found.p)},
          {"exact", found.exact},
          {"draws", found.draws}};
}

std::vector<double> numbers(const Json& request, const char* name) {
  return request.at(name).get<std::vector<double>>();
}

Json statistics(const Json& request) {
  const auto count = [&](const char* name) { return request.at(name).get<std::int64_t>(); };
  const auto real = [&](const char* name) { return request.at(name).get<double>(); };
  const auto what = request.at("what").get<std::string>();
  if (what == "mcnemar") {
    return {{"exact", test_json(mcnemar(count("b"), count("c"), McNemar::kExact))},
            {"chi2", test_json(mcnemar(count("b"), count("c"), McNemar::kChi2))},
            {"corrected", test_json(mcnemar(count("b"), count("c"), McNemar::kChi2Corrected))}};
  }
  if (what == "clopper_pearson") {
    return interval_json(clopper_pearson(count("k"), count("n"), real("level")));
  }
  if (what == "corrections") {
    const auto p = numbers(request, "p");
    return {{"holm", holm(p)}, {"bh", benjamini_hochberg(p)}};
  }
  if (what == "mean_difference") {
    return effect_json(mean_difference(numbers(request, "values"), real("level")));
  }
  if (what == "hedges") {
    return effect_json(
        hedges_g(numbers(request, "first"), numbers(request, "second"), real("level")));
  }
  if (what == "shares") {
    return effect_json(
        share_difference(count("a"), count("na"), count("b"), count("nb"), real("level")));
  }
  if (what == "needed") {
    return {{"two", needed_rows(real("effect"), real("alpha"), real("power"))},
            {"paired", needed_paired_rows(real("effect"), real("alpha"), real("power"))},
            {"h", cohens_h(real("p1"), real("p2"))}};
  }
  throw InternalError("probe: \"{}\" is no statistic", what);
}

// The mean's BCa interval with the draws behind it.
Json bca(const Json& request) {
  const auto values = numbers(request, "values");
  const Statistic mean = [&](std::span<const std::size_t> rows) {
    double sum = 0;
    for (const std::size_t row : rows) sum += values[row];
    return sum / static_cast<double>(rows.size());
  };
  Json out = interval_json(bca_bootstrap(values.size(), mean, bootstrap_of(request)));
  out["draws"] = bootstrap_figures(values.size(), mean, bootstrap_of(request));
  return out;
}

Json stems(const Json& request) {
  Json out = Json::array();
  for (const Json& word : request.at("words")) out.push_back(porter_stem(word.get<std::string>()));
  return {{"stems", out}};
}

Json schema(const Json& request) {
  const auto found = schema_violation(request.at("schema"), request.at("value"));
  return {{"violation", found ? Json(*found) : Json(nullptr)}};
}

Json regex(const Json& request) {
  const Result<Pattern> pattern = Pattern::compile(request.at("pattern").get<std::string>());
  if (!pattern) return {{"error", pattern.error().message()}};
  const Result<std::string> found =
      regex_filter(*pattern, request.at("text").get<std::string>(),
                   request.at("select").get<std::int64_t>(), "[invalid]");
  return {{found ? "found" : "error", found ? *found : found.error().message()}};
}

Json own_metric(const Json& request) {
  const Expression expression(request.at("source").get<std::string>());
  const auto rows = request.at("rows").get<std::vector<Json>>();
  return {{"value", number(expression.prepare(rows).figure())}};
}

Json wilson_of(const Json& request) {
  return interval_json(wilson(request.at("successes").get<std::int64_t>(),
                              request.at("rows").get<std::int64_t>(),
                              request.at("level").get<double>()));
}

Json likelihood(const Json& request) {
  const auto nll = request.at("nll").get<double>();
  const auto count = request.at("count").get<std::int64_t>();
  return {{"perplexity", number(perplexity(nll, count))},
          {"bits_per_byte", number(bits_per_byte(nll, count))}};
}

Json answer_of(const Json& request) {
  static const std::map<std::string, Json (*)(const Json&)> kAnswers = {
      {"bca", bca},
      {"bootstrap", mean_bootstrap},
      {"classification", classification},
      {"expression", own_metric},
      {"likelihood", likelihood},
      {"paired", paired},
      {"regex", regex},
      {"schema", schema},
      {"score", score},
      {"statistics", statistics},
      {"stems", stems},
      {"text", text_figures},
      {"wilson", wilson_of}};
  return kAnswers.at(request.at("metric").get<std::string>())(request);
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
