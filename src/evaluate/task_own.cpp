#include "evaluate/task_own.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/nearest.h"
#include "metric/expression.h"
#include "metric/program.h"

namespace fettle::evaluate {
namespace {

using metric::Prepared;

constexpr std::size_t kMaxProgram = std::size_t{1} << 20;
constexpr double kMaxSeconds = 3600;

constexpr std::array<OwnMetricRow, 3> kOwn = {{
    {"expression", MetricKind::kExpression,
     "a line over the rows' columns; it decomposes into sums", ""},
    {"program", MetricKind::kProgram,
     "path and arguments of a program that reads a row a line and writes a number a line, in the "
     "sandbox; files beside the task's file go with it",
     "seconds=60"},
    {"judge", MetricKind::kJudge,
     "a rubric by which a model (--judge) rates each answer; human: the column of people's ratings",
     "template=TEXT least=1 most=10 human=COLUMN"},
}};

const OwnMetricRow* own_row_of(const TaskMetric& metric) {
  for (const OwnMetricRow& row : kOwn) {
    if (find(metric.options, row.key) != nullptr) return &row;
  }
  return nullptr;
}

std::string score_key(const TaskMetric& metric, const TaskFilter& filter) {
  return metric.options.value("of", metric.name) + "," + filter.name;
}

const RowScore& score_of(const TaskFile& task, const TaskMetric& metric, const TaskFilter& filter,
                         const TaskRow& row) {
  const auto found = row.scores.find(score_key(metric, filter));
  if (found != row.scores.end()) return found->second;
  throw DataError("task {}: metric {}: row {} was never scored; evaluate it again{}", task.name,
                  metric.name, row.question.row,
                  metric.kind == MetricKind::kJudge ? " with --judge MODEL" : "");
}

bool is_agreement(const TaskMetric& metric) { return find(metric.options, "of") != nullptr; }

// The job of a program's metric, its files read from the task's folder.
SandboxJob job_of(const TaskFile& task, const TaskMetric& metric) {
  SandboxJob job;
  for (const Json& word : metric.options.at("program")) {
    const auto argument = word.get<std::string>();
    const fs::path path = fs::path(task.folder) / argument;
    job.command.push_back(argument);
    std::error_code error;
    const bool plain = argument.find('/') == std::string::npos && !argument.starts_with("-");
    if (job.command.size() == 1 || !plain || !fs::is_regular_file(path, error)) continue;
    job.files.emplace_back(argument, read_file(path, kMaxProgram));
  }
  std::error_code error;
  if (!fs::is_regular_file(job.command[0], error)) {
    throw UsageError("task {}: metric {}: program {} is not there; name it by its whole path",
                     task.name, metric.name, job.command[0]);
  }
  job.limits.seconds = metric.options.value("seconds", 60.0);
  return job;
}

std::string program_name(const SandboxJob& job) {
  Hasher hasher;
  for (const std::string& word : job.command) hasher.add(word + "\n");
  for (const auto& [name, content] : job.files) hasher.add(name + "\n" + content);
  return text("{}:{}", job.command[0], hasher.xxh3_128().substr(0, 8));
}

void check_program(const TaskMetric& metric, const std::string& where) {
  const Json& program = metric.options.at("program");
  const bool listed = program.is_array() && !program.empty() &&
                      std::ranges::all_of(program, [](const Json& one) { return one.is_string(); });
  if (!listed || !program[0].get<std::string>().starts_with("/")) {
    throw DataError(
        "{}: metric {}: program is {}; a list of a program's whole path and its arguments was "
        "expected, as [/usr/bin/python3, score.py]",
        where, metric.name, to_text(program).substr(0, 80));
  }
  const Json* const seconds = find(metric.options, "seconds");
  if (seconds == nullptr) return;
  if (!seconds->is_number() || !(*seconds > 0) || !(*seconds <= kMaxSeconds)) {
    throw DataError("{}: metric {}: seconds is {}; allowed: more than 0, up to {}", where,
                    metric.name, to_text(*seconds), kMaxSeconds);
  }
}

void check_expression(const TaskMetric& metric, const std::string& where) {
  const Json& source = metric.options.at("expression");
  if (!source.is_string()) {
    throw DataError("{}: metric {}: expression is {}; a text was expected", where, metric.name,
                    to_text(source).substr(0, 80));
  }
  try {
    (void)metric::Expression(source.get<std::string>());
  } catch (const UsageError& error) {
    throw DataError("{}: metric {}: {}", where, metric.name, error.what());
  }
}

// A misspelt option would be passed over. by and of: as results are kept.
void check_options(const TaskMetric& metric, const OwnMetricRow& own, const std::string& where) {
  std::vector<std::string_view> known = {own.key, "by", "of"};
  for (std::string_view left = own.options; !left.empty();) {
    const std::string_view option = left.substr(0, left.find(' '));
    known.push_back(option.substr(0, option.find('=')));
    left.remove_prefix(std::min(left.size(), option.size() + 1));
  }
  for (const auto& [key, value] : metric.options.items()) {
    if (std::ranges::find(known, key) == known.end()) {
      throw DataError("{}: metric {}: {}", where, metric.name, unknown_name("option", key, known));
    }
    if ((key == "by" || key == "of") && !value.is_string()) {
      throw DataError("{}: metric {}: {} is {}; a text was expected", where, metric.name, key,
                      to_text(value).substr(0, 80));
    }
  }
}

void check_kind(const TaskFile& task, const TaskMetric& metric, const std::string& where) {
  if (metric.kind == MetricKind::kExpression) check_expression(metric, where);
  if (metric.kind == MetricKind::kProgram) check_program(metric, where);
  if (metric.kind == MetricKind::kJudge) check_judge(task, metric, where);
}

Prepared mean_of_scores(const TaskFile& task, const TaskMetric& metric, const TaskFilter& filter,
                        const std::vector<TaskRow>& rows) {
  Prepared out;
  out.rows = rows.size();
  out.width = 3;  // score, rows with one, rows without
  std::int64_t unclear = 0;
  for (const TaskRow& row : rows) {
    const std::optional<double> value = score_of(task, metric, filter, row).value;
    for (const double one : {value.value_or(0), value ? 1.0 : 0.0, value ? 0.0 : 1.0}) {
      out.statistics.push_back(one);
    }
    unclear += value ? 0 : 1;
  }
  out.finish = [](std::span<const double> sums) { return sums[0] / sums[1]; };
  const std::string by = metric.options.value("by", "");
  out.signature = metric.kind == MetricKind::kProgram
                      ? "program:" + by
                      : text("judge:{}|{}|unclear:{}", by, judge_signature(metric), unclear);
  return out;
}

// Spearman's, over the rows that both rated.
Prepared agreement_of(const TaskFile& task, const TaskMetric& metric, const TaskFilter& filter,
                      const std::vector<TaskRow>& rows) {
  metric::Columns columns;
  const auto column = metric.options.at("human").get<std::string>();
  for (const TaskRow& row : rows) {
    const std::optional<double> rated = number_in_column(row, column);
    const std::optional<double> value = score_of(task, metric, filter, row).value;
    if (!rated || !value) continue;
    columns.values.push_back(*value);
    columns.targets.push_back(*rated);
  }
  Prepared out;
  if (columns.targets.empty()) {
    out.whole = [](std::span<const std::size_t>) { return std::nan(""); };
  } else {
    out = metric::prepare("spearman", columns);
  }
  out.signature = text("spearman|human:{}|{}", column, judge_signature(metric));
  return out;
}

std::vector<Json> own_rows(const TaskFile& task, const TaskFilter& filter,
                           const std::vector<TaskRow>& rows, bool whole) {
  std::vector<Json> out;
  for (const TaskRow& row : rows) {
    out.push_back(own_row(task, filter, row));
    if (whole) out.back()["doc"] = row.doc;
  }
  return out;
}

void run_program(const TaskFile& task, const TaskMetric& metric, const TaskFilter& filter,
                 std::vector<TaskRow>& rows) {
  SandboxJob job = job_of(task, metric);
  job.limits.output_bytes += 64 * rows.size();
  std::vector<double> scores;
  try {
    scores = metric::program_scores(job, own_rows(task, filter, rows, /*whole=*/true));
  } catch (const DataError& error) {
    throw DataError("task {}: metric {}: {}", task.name, metric.name, error.what());
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].scores[score_key(metric, filter)] = {scores[i], ""};
  }
}

void add_choice(const TaskRow& row, Json& out) {
  const std::size_t said = likeliest(row, Norm::kNone);
  const std::vector<std::string>& words =
      row.question.choice_answers.empty() ? row.question.choices : row.question.choice_answers;
  const auto is_gold = [&](std::int64_t one) { return one == static_cast<std::int64_t>(said); };
  out["answer"] = words.at(said);
  out["likeliest"] = said;
  out["right"] = std::ranges::any_of(row.question.gold, is_gold);
  out["log_likelihood"] = row.said.log_likelihoods.at(said);
  Json references = Json::array();
  for (const std::int64_t one : row.question.gold) {
    if (one >= 0) references.push_back(words.at(static_cast<std::size_t>(one)));
  }
  if (!row.question.gold.empty()) out["gold"] = row.question.gold[0];
  out["references"] = references;
}

}  // namespace

std::span<const OwnMetricRow> own_metrics() { return kOwn; }

void find_own(TaskFile& task, const std::string& where) {
  std::vector<TaskMetric> out;
  for (TaskMetric& metric : task.metrics) {
    const OwnMetricRow* const own = own_row_of(metric);
    if (own != nullptr) {
      metric.kind = own->kind;
      check_options(metric, *own, where);
      check_kind(task, metric, where);
    }
    out.push_back(metric);
    if (own == nullptr || is_agreement(metric) || find(metric.options, "human") == nullptr) {
      continue;
    }
    TaskMetric agreement = metric;
    agreement.name += "_agreement";
    agreement.options["of"] = metric.name;
    agreement.higher_is_better = true;
    const auto same = [&](const TaskMetric& one) { return one.name == agreement.name; };
    if (std::ranges::none_of(task.metrics, same)) out.push_back(std::move(agreement));
  }
  task.metrics = std::move(out);
}

Json own_row(const TaskFile& task, const TaskFilter& filter, const TaskRow& row) {
  Json out = row.doc.is_object() ? row.doc : Json::object();
  out["prompt"] = row.question.contexts.empty() ? "" : row.question.contexts[0];
  out["tokens"] = row.said.tokens;
  out["references"] = row.question.references;
  if (chooses(task.kind)) {
    add_choice(row, out);
  } else if (task.kind == TaskKind::kGenerate) {
    out["answers"] = filtered(filter, row.said.answers);
    out["answer"] = out["answers"].empty() ? "" : out["answers"][0].get<std::string>();
  } else {
    out["answer"] = row.question.continuations.empty() ? "" : row.question.continuations[0];
    out["log_likelihood"] = row.said.log_likelihoods.at(0);
    out["words"] = row.question.words;
    out["bytes"] = row.question.bytes;
  }
  out["reference"] = out["references"].empty() ? "" : out["references"][0].get<std::string>();
  return out;
}

void name_scorers(std::span<TaskFile> tasks, const std::string& judge) {
  for (TaskFile& task : tasks) {
    for (TaskMetric& metric : task.metrics) {
      if (metric.kind == MetricKind::kProgram) {
        metric.options["by"] = program_name(job_of(task, metric));
      }
      if (metric.kind != MetricKind::kJudge) continue;
      if (judge.empty()) {
        throw UsageError(
            "task {}: metric {}: a model rates its answers; say which with --judge MODEL",
            task.name, metric.name);
      }
      metric.options["by"] = judge;
    }
  }
}

void score_rows(const TaskFile& task, const metric::JudgeModel& judge, std::vector<TaskRow>& rows) {
  for (const TaskFilter& filter : task.filters) {
    for (const TaskMetric& metric : task.metrics) {
      if (metric.kind == MetricKind::kProgram) run_program(task, metric, filter, rows);
      if (metric.kind != MetricKind::kJudge || is_agreement(metric)) continue;
      if (!judge) {
        throw UsageError("task {}: metric {}: needs --judge MODEL", task.name, metric.name);
      }
      rate_rows(task, metric, filter, judge, score_key(metric, filter), rows);
    }
  }
}

Prepared prepare_own(const TaskFile& task, const TaskMetric& metric, const TaskFilter& filter,
                     const std::vector<TaskRow>& rows) {
  if (metric.kind == MetricKind::kExpression) {
    const metric::Expression expression(metric.options.at("expression").get<std::string>());
    try {
      return expression.prepare(own_rows(task, filter, rows, /*whole=*/false));
    } catch (const DataError& error) {
      throw DataError("task {}: metric {}: {}", task.name, metric.name, error.what());
    }
  }
  return is_agreement(metric) ? agreement_of(task, metric, filter, rows)
                              : mean_of_scores(task, metric, filter, rows);
}

}  // namespace fettle::evaluate
