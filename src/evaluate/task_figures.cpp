#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/hash.h"
#include "base/sandbox.h"
#include "evaluate/task_own.h"
#include "evaluate/task_result.h"
#include "metric/metrics.h"
#include "metric/rows.h"
#include "metric/unicode.h"
#include "tokenize/text_template.h"

namespace fettle::evaluate {
namespace {

using metric::Prepared;

template <class Each>
Prepared mean_over(const std::vector<TaskRow>& rows, std::string signature, const Each& each) {
  std::vector<double> values;
  for (const TaskRow& row : rows) values.push_back(each(row));
  return metric::mean_of(std::move(values), std::move(signature));
}

bool is_gold(const TaskRow& row, std::size_t choice) {
  return std::ranges::find(row.question.gold, static_cast<std::int64_t>(choice)) !=
         row.question.gold.end();
}

Prepared share_right(const std::vector<TaskRow>& rows, Norm norm, std::string signature) {
  return mean_over(rows, std::move(signature), [&](const TaskRow& row) {
    return is_gold(row, likeliest(row, norm)) ? 1.0 : 0.0;
  });
}

// re.sub(regex, "", value). Throws DataError for a wrong expression.
std::string without(const std::string& value, const Json& regex) {
  static const auto program =
      tokenize::TextTemplate::parse("{{ value|regex_replace(regex, '') }}", "regexes_to_ignore");
  const auto out = program->render({{"value", value}, {"regex", regex}});
  if (!out) throw DataError("{}", out.error().message());
  return *out;
}

// lm-evaluation-harness's exact_match with its options.
std::string comparable(std::string value, const Json& options) {
  if (const Json* regexes = find(options, "regexes_to_ignore")) {
    for (const Json& regex : *regexes) value = without(value, regex);
  }
  if (options.value("ignore_case", false)) {
    value = metric::utf8(metric::lower(metric::code_points(value)));
  }
  const bool punctuation = options.value("ignore_punctuation", false);
  const bool numbers = options.value("ignore_numbers", false);
  std::erase_if(value, [&](char c) {
    const bool digit = c >= '0' && c <= '9';
    const bool mark = c > ' ' && c < 0x7F && !digit && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    return (punctuation && mark) || (numbers && digit);
  });
  return value;
}

std::string first_answer(const TaskFilter& filter, const TaskRow& row) {
  const std::vector<std::string> answers = filtered(filter, row.said.answers);
  return answers.empty() ? "" : answers.front();
}

Prepared exact(const TaskMetric& metric, const TaskFilter& filter,
               const std::vector<TaskRow>& rows) {
  return mean_over(rows, "greedy", [&](const TaskRow& row) {
    const std::string answer = comparable(first_answer(filter, row), metric.options);
    return std::ranges::any_of(row.question.references,
                               [&](const std::string& right) {
                                 return comparable(right, metric.options) == answer;
                               })
               ? 1.0
               : 0.0;
  });
}

// The probability of the right choices together (TruthfulQA's MC2).
double mc2(const TaskRow& row) {
  const std::vector<double> p = probabilities(row);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += is_gold(row, i) ? p[i] : 0;
  return sum;
}

double brier(const TaskRow& row) {
  const std::vector<double> p = probabilities(row);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double gap = p[i] - (is_gold(row, i) ? 1 : 0);
    sum += gap * gap;
  }
  return sum;
}

// Share of groups (rows with equal values of the columns `by`) whose rows are all right.
Prepared group_exact(const TaskMetric& metric, const std::vector<TaskRow>& rows) {
  const Json* by = find(metric.options, "by");
  if (by == nullptr || !by->is_array()) {
    throw DataError("metric group_em: by must list the columns that rows of a group share");
  }
  std::vector<std::string> keys;
  std::vector<bool> right;
  for (const TaskRow& row : rows) {
    std::string key;
    for (const Json& column : *by) {
      const Json* value = find(row.doc, column.get<std::string>());
      key += (value == nullptr ? "" : to_text(*value)) + "\x1F";
    }
    keys.push_back(key);
    right.push_back(is_gold(row, likeliest(row, Norm::kNone)));
  }
  Prepared out;
  out.rows = rows.size();
  out.signature = "groups";
  out.whole = [keys, right](std::span<const std::size_t> chosen) {
    std::map<std::string_view, bool> groups;
    for (const std::size_t at : chosen) {
      const auto [group, fresh] = groups.emplace(keys[at], right[at]);
      if (!fresh) group->second = group->second && right[at];
    }
    const auto all = std::ranges::count_if(groups, [](const auto& group) { return group.second; });
    return static_cast<double>(all) / static_cast<double>(groups.size());
  };
  return out;
}

// Share of groups of `of` rows, one after the other in the split, that are all answered alike: for
// minimal pairs that differ in a trait which must not matter (the gender parity of Wang et al.
// 2019, 3.2). A group of which a row is missing does not count; NaN without a whole group.
Prepared group_same(const TaskMetric& metric, const std::vector<TaskRow>& rows) {
  const Json* given = find(metric.options, "of");
  if (given == nullptr || !given->is_number_integer() || *given < 2) {
    throw DataError("metric group_same: of must be how many rows make a group, 2 or more");
  }
  const auto size = given->get<std::size_t>();
  std::map<std::size_t, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < rows.size(); ++i) groups[rows[i].question.row / size].push_back(i);
  // A group counts with its first row, so that resampling draws groups.
  Prepared out = metric::mean_of(std::vector<double>(rows.size(), 0), text("groups of {}", size));
  std::ranges::fill(out.statistics, 0);
  for (const auto& [number, members] : groups) {
    if (members.size() < size) continue;
    const std::size_t first = likeliest(rows[members[0]], Norm::kNone);
    const bool same = std::ranges::all_of(
        members, [&](std::size_t member) { return likeliest(rows[member], Norm::kNone) == first; });
    out.statistics[2 * members[0]] = same ? 1 : 0;
    out.statistics[2 * members[0] + 1] = 1;
  }
  return out;
}

double number_in(const std::string& value) {
  double out = 0;
  const std::size_t first = value.find_first_of("-0123456789.");
  if (first == value.npos) return 0;
  (void)std::from_chars(value.data() + first, value.data() + value.size(), out);
  return std::isfinite(out) ? out : 0;
}

// How many of a row's samples pass: prompt, answer and the row's own test as one Python program,
// which must come to its end: an answer that leaves early has not passed the test.
std::int64_t passed_samples(const TaskRow& row) {
  std::int64_t passed = 0;
  for (const std::string& answer : row.said.answers) {
    SandboxJob job;
    job.command = {"/usr/bin/python3", "-I", "/box/program.py"};
    const std::string test = row.question.references.empty() ? "" : row.question.references[0];
    const std::string program = row.question.contexts.at(0) + answer + "\n" + test + "\n";
    const std::string mark = xxh3_128(program);
    job.files = {{"program.py", program + "print(\"\\n" + mark + "\")\n"}};
    const Result<SandboxResult> result = run_sandboxed(job);
    if (!result) throw DataError("pass_at_k: {}", result.error().message());
    passed += result->succeeded() && result->output.ends_with(mark + "\n") ? 1 : 0;
  }
  return passed;
}

// What metric/ computes over: classes and probabilities, texts, numbers or likelihoods.
void add_choices(const TaskRow& row, std::size_t classes, metric::Columns& out) {
  const std::int64_t gold = row.question.gold.empty() ? -1 : row.question.gold.front();
  out.truth.push_back(static_cast<int>(std::max<std::int64_t>(gold, 0)));
  const std::size_t said = likeliest(row, Norm::kNone);
  out.said.push_back(static_cast<int>(said));
  std::vector<double> p = probabilities(row);
  double rating = 0;
  for (std::size_t i = 0; i < p.size(); ++i) rating += p[i] * static_cast<double>(i);
  p.resize(classes, 0);
  out.probabilities.push_back(std::move(p));
  out.values.push_back(rating);
  const std::vector<std::string>& words = row.question.choice_answers;
  const auto word = [&](std::size_t at) {
    return at < words.size() ? words[at] : row.question.choices.at(at);
  };
  out.answers.push_back(word(said));
  std::vector<std::string> right;
  for (const std::int64_t one : row.question.gold) {
    if (one >= 0) right.push_back(word(static_cast<std::size_t>(one)));
  }
  out.references.push_back(std::move(right));
}

std::int64_t right_tokens(const TaskFile& task, const TaskRow& row) {
  if (row.said.right_tokens) return *row.said.right_tokens;
  throw DataError(
      "task {}: metric {}: row {} was judged without it; it needs a model on this machine, and "
      "another --output than results that lack it",
      task.name, kTokenAccuracy, row.question.row);
}

metric::Columns columns_of(const TaskFile& task, const std::string& metric,
                           const TaskFilter& filter, const std::vector<TaskRow>& rows) {
  metric::Columns out;
  for (const TaskRow& row : rows) out.classes = std::max(out.classes, row.question.choices.size());
  for (const TaskRow& row : rows) {
    if (chooses(task.kind)) {
      add_choices(row, out.classes, out);
    } else if (task.kind == TaskKind::kGenerate) {
      out.answers.push_back(first_answer(filter, row));
      out.references.push_back(row.question.references);
      out.values.push_back(number_in(out.answers.back()));
      if (metric == "pass_at_k") {
        out.samples.push_back(static_cast<std::int64_t>(row.said.answers.size()));
        out.passed.push_back(passed_samples(row));
      }
    } else {
      out.nll.push_back(-row.said.log_likelihoods.at(0));
      out.tokens.push_back(row.said.tokens);
      if (metric == kTokenAccuracy) out.right_tokens.push_back(right_tokens(task, row));
      out.words.push_back(row.question.words);
      out.bytes.push_back(row.question.bytes);
    }
    const auto& right = row.question.references;
    out.targets.push_back(right.empty() ? 0 : number_in(right.front()));
  }
  return out;
}

// lm-evaluation-harness's names and those of metric/.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kNames = {
    {{"mcc", "matthews"}, {"em", "squad_em"}, {"rougelsum", "rougeLsum"}, {"rougel", "rougeL"}}};

std::string name_in_table(const TaskFile& task, const std::string& name) {
  if (name == "f1" && task.kind == TaskKind::kGenerate) return "squad_f1";
  for (const auto& [theirs, ours] : kNames) {
    if (name == theirs) return std::string(ours);
  }
  return name;
}

// The rows with their choices' log-likelihoods less those after inputs without content.
std::vector<TaskRow> calibrated(const TaskFile& task, const std::vector<TaskRow>& rows) {
  std::vector<TaskRow> out = rows;
  for (TaskRow& row : out) {
    const std::vector<double>& free = row.said.content_free;
    if (free.size() != row.said.log_likelihoods.size()) {
      throw DataError(
          "task {}: row {} was asked without calibration; set calibration: true in the "
          "task's file or give --calibrate",
          task.name, row.question.row);
    }
    for (std::size_t i = 0; i < free.size(); ++i) row.said.log_likelihoods[i] -= free[i];
  }
  return out;
}

}  // namespace

bool higher_is_better(const TaskMetric& metric) {
  if (metric.kind != MetricKind::kTable) return metric.higher_is_better;
  std::string_view name = metric.name;
  if (name.starts_with(kCalibrated)) name.remove_prefix(std::string_view(kCalibrated).size());
  if (name == "brier_score" || name == "perplexity") return false;
  for (const metric::MetricRow& row : metric::metrics()) {
    if (row.name == name) return row.better != metric::Better::kLower;
  }
  return true;
}

Prepared prepare_rows(const TaskFile& task, const TaskMetric& metric, const TaskFilter& filter,
                      const std::vector<TaskRow>& rows) {
  if (metric.kind != MetricKind::kTable) return prepare_own(task, metric, filter, rows);
  const std::string& name = metric.name;
  if (name.starts_with(kCalibrated) && task.kind == TaskKind::kChoices) {
    TaskMetric plain = metric;
    plain.name = name.substr(std::string_view(kCalibrated).size());
    Prepared out = prepare_rows(task, plain, filter, calibrated(task, rows));
    out.signature = "calibrated|" + out.signature;
    return out;
  }
  if (task.kind == TaskKind::kLabels && name == "acc") {
    return share_right(rows, Norm::kNone, "classification head");
  }
  if (chooses(task.kind)) {
    if (name == "acc") return share_right(rows, Norm::kNone, "sum of log-probabilities");
    if (name == "acc_norm") return share_right(rows, Norm::kCharacters, "over characters");
    if (name == "acc_bytes") return share_right(rows, Norm::kBytes, "over UTF-8 bytes");
    if (name == "mc2") return mean_over(rows, "softmax", mc2);
    if (name == "brier_score") return mean_over(rows, "softmax", brier);
    if (name == "group_em") return group_exact(metric, rows);
    if (name == "group_same") return group_same(metric, rows);
  }
  if (task.kind == TaskKind::kLikelihood) {
    if (name == "acc") {
      return mean_over(rows, "greedy",
                       [](const TaskRow& row) { return row.said.greedy ? 1. : 0.; });
    }
    if (name == "perplexity") {
      Prepared out = mean_over(rows, "a target",
                               [](const TaskRow& row) { return row.said.log_likelihoods.at(0); });
      out.finish = [](std::span<const double> sums) { return std::exp(-sums[0] / sums[1]); };
      return out;
    }
  }
  if (task.kind == TaskKind::kGenerate && name == "exact_match") return exact(metric, filter, rows);
  return metric::prepare(name_in_table(task, name), columns_of(task, name, filter, rows),
                         metric.options.empty() ? Json(nullptr) : metric.options);
}

}  // namespace fettle::evaluate
