#include "evaluate/task_judge.h"

#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/hash.h"
#include "evaluate/prompter.h"

namespace fettle::evaluate {
namespace {

using metric::Verdict;

std::string pattern_of(const TaskMetric& metric) {
  return metric.options.value("template", std::string(metric::rating_template()));
}

double bound_of(const TaskMetric& metric, const char* name, double otherwise) {
  const Json* const value = find(metric.options, name);
  return value == nullptr ? otherwise : value->get<double>();
}
double least_of(const TaskMetric& metric) { return bound_of(metric, "least", 1); }
double most_of(const TaskMetric& metric) { return bound_of(metric, "most", 10); }

void check_texts(const TaskMetric& metric, const std::string& where) {
  for (const char* const key : {"judge", "template", "human"}) {
    const Json* const value = find(metric.options, key);
    if (value == nullptr || (value->is_string() && !value->get<std::string>().empty())) continue;
    throw DataError("{}: metric {}: {} is {}; a text was expected", where, metric.name, key,
                    to_text(*value).substr(0, 80));
  }
}

void check_scale(const TaskMetric& metric, const std::string& where) {
  for (const char* const key : {"least", "most"}) {
    const Json* const value = find(metric.options, key);
    if (value == nullptr || value->is_number()) continue;
    throw DataError("{}: metric {}: {} is {}; a number was expected", where, metric.name, key,
                    to_text(*value).substr(0, 80));
  }
  if (least_of(metric) < most_of(metric)) return;
  throw DataError("{}: metric {}: least is {} and most {}; least must be the lower", where,
                  metric.name, least_of(metric), most_of(metric));
}

metric::JudgeCase case_of(const Prompter& prompter, const TaskRow& row) {
  metric::JudgeCase out;
  out.question = prompter.asked_by(row.doc);
  for (const std::string& right : row.question.references) {
    out.reference += (out.reference.empty() ? "" : "\n") + right;
  }
  return out;
}

std::string first_of(const std::vector<std::string>& answers) {
  return answers.empty() ? "" : answers.front();
}

// In the judge's terms, whose first is the second model (judge_pairs).
Verdict human_verdict(const TaskFile& task, const TaskRow& row, const std::string& column,
                      const std::pair<std::string, std::string>& names) {
  const Json* const value = find(row.doc, column);
  if (value == nullptr || value->is_null()) return Verdict::kUnclear;
  const std::string said = shown_value(*value);
  if (said.empty()) return Verdict::kUnclear;
  if (said == "first" || said == names.first) return Verdict::kSecond;
  if (said == "second" || said == names.second) return Verdict::kFirst;
  if (said == "tie") return Verdict::kTie;
  throw DataError("task {}: row {}: {} is \"{}\"; allowed: first, second, tie, {}, {}", task.name,
                  row.question.row, column, said.substr(0, 60), names.first, names.second);
}

}  // namespace

void check_judge(const TaskFile& task, const TaskMetric& metric, const std::string& where) {
  if (task.kind != TaskKind::kGenerate) {
    throw DataError(
        "{}: metric {}: a judge reads written answers, and the task is of output_type {}; allowed "
        "is generate_until",
        where, metric.name, kind_name(task.kind));
  }
  check_texts(metric, where);
  check_scale(metric, where);
  try {
    (void)metric::judge_prompt(pattern_of(metric), {});
  } catch (const UsageError& error) {
    throw DataError("{}: metric {}: template: {}", where, metric.name, error.what());
  }
}

std::string judge_signature(const TaskMetric& metric) {
  const std::string all = metric.options.value("judge", std::string()) + '\0' + pattern_of(metric);
  return text("{}..{}|rubric:{}", least_of(metric), most_of(metric), xxh3_128(all).substr(0, 8));
}

void rate_rows(const TaskFile& task, const TaskMetric& metric, const TaskFilter& filter,
               const metric::JudgeModel& judge, const std::string& key,
               std::vector<TaskRow>& rows) {
  const Prompter prompter(task);
  std::vector<metric::JudgeCase> cases;
  for (const TaskRow& row : rows) {
    cases.push_back(case_of(prompter, row));
    cases.back().answer = first_of(filtered(filter, row.said.answers));
    cases.back().rubric = metric.options.at("judge").get<std::string>();
  }
  std::vector<metric::Rating> ratings =
      metric::rate(judge, cases, pattern_of(metric), least_of(metric), most_of(metric));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].scores[key] = {ratings[i].value, std::move(ratings[i].words)};
  }
}

std::optional<double> number_in_column(const TaskRow& row, const std::string& column) {
  const Json* const value = find(row.doc, column);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) return value->get<double>();
  if (!value->is_string()) return std::nullopt;
  const auto words = value->get<std::string>();
  double out = 0;
  const auto [end, error] = std::from_chars(words.data(), words.data() + words.size(), out);
  const bool whole = error == std::errc() && end == words.data() + words.size();
  return whole && std::isfinite(out) ? std::optional(out) : std::nullopt;
}

PairJudgement judge_pairs(const TaskFile& task, std::span<const TaskRow> first,
                          std::span<const TaskRow> second, const PairJudge& judge,
                          const std::pair<std::string, std::string>& names, std::uint64_t seed) {
  const Prompter prompter(task);
  std::vector<metric::JudgeCase> cases;
  for (std::size_t i = 0; i < first.size(); ++i) {
    cases.push_back(case_of(prompter, first[i]));
    // The second stands as the judge's first: its win rate is what is asked for.
    cases.back().answer = first_of(second[i].said.answers);
    cases.back().answer_b = first_of(first[i].said.answers);
    cases.back().rubric = judge.rubric.empty() ? metric::default_rubric() : judge.rubric;
  }
  PairJudgement out;
  out.verdicts = metric::compare(
      judge.ask, cases, judge.pattern.empty() ? metric::pairwise_template() : judge.pattern);
  out.summary = metric::summary(out.verdicts, seed);
  if (judge.human.empty()) return out;
  std::vector<Verdict> said;
  std::vector<Verdict> people;
  for (std::size_t i = 0; i < first.size(); ++i) {
    said.push_back(out.verdicts[i].verdict);
    people.push_back(human_verdict(task, first[i], judge.human, names));
  }
  out.people = metric::agreement(said, people);
  return out;
}

}  // namespace fettle::evaluate
