#include "evaluate/compare.h"

#include <algorithm>

#include "base/error.h"
#include "evaluate/compare_rows.h"
#include "metric/paired.h"

namespace fettle::evaluate {
namespace {

using metric::Prepared;

const TaskResult& result_of(const Competitor& competitor, const std::string& task) {
  for (const TaskResult& result : competitor.results) {
    if (result.task == task) return result;
  }
  throw DataError("{}: has no rows of the task {}; evaluate it on that task first", competitor.name,
                  task);
}

void check_same_rows(const TaskResult& first, const TaskResult& second, const std::string& name) {
  if (first.rows.size() != second.rows.size()) {
    throw DataError("{}: {} rows of {} against {}; compare what was asked on the same rows", name,
                    second.rows.size(), first.task, first.rows.size());
  }
  for (std::size_t i = 0; i < first.rows.size(); ++i) {
    if (first.rows[i].doc != second.rows[i].doc) {
      throw DataError("{}: row {} of {} is another one; compare what was asked on the same rows",
                      name, i + 1, first.task);
    }
  }
}

std::vector<Flip> flips_of(const TaskFile& task, const TaskResult& first, const TaskResult& second,
                           const std::vector<double>& before, const std::vector<double>& now,
                           std::size_t most) {
  std::vector<Flip> out;
  if (!all_zero_or_one(before) || !all_zero_or_one(now)) return out;
  for (std::size_t i = 0; i < now.size() && out.size() < most; ++i) {
    if (before[i] == now[i]) continue;
    const TaskRow& row = second.rows[i];
    Flip flip;
    flip.row = row.question.row;
    flip.prompt = row.question.contexts.empty() ? "" : row.question.contexts[0];
    flip.right = !class_of_row(row).empty()        ? class_of_row(row)
                 : row.question.references.empty() ? ""
                                                   : row.question.references[0];
    flip.first = said_words(task, first.rows[i]);
    flip.second = said_words(task, row);
    flip.gained = now[i] > before[i];
    out.push_back(std::move(flip));
  }
  return out;
}

Comparison compare_one(const TaskFile& task, const TaskMetric& metric, const TaskFilter& filter,
                       const TaskResult& first, const TaskResult& second,
                       const CompareOptions& options) {
  const Prepared before = prepare_rows(task, metric, filter, first.rows);
  const Prepared now = prepare_rows(task, metric, filter, second.rows);
  Comparison out;
  out.task = task.name;
  out.metric = metric.name;
  out.filter = filter.name;
  out.rows = static_cast<std::int64_t>(before.rows);
  out.higher_is_better = higher_is_better(metric);
  test_difference(before, now, options, out);
  out.slices = slices_of(first.rows, before, now, task, options, out);
  if (before.width > 0) {
    out.flips = flips_of(task, first, second, before.each(), now.each(), options.max_flips);
  }
  return out;
}

// What one competitor has over the first on a task.
void compare_pair(const TaskFile& task, const Competitor& first, const Competitor& other,
                  const CompareOptions& options, std::vector<Comparison>& out) {
  const TaskResult& before = result_of(first, task.name);
  const TaskResult& now = result_of(other, task.name);
  check_same_rows(before, now, other.name);
  const std::size_t begin = out.size();
  for (const TaskFilter& filter : task.filters) {
    for (const TaskMetric& metric : task.metrics) {
      // How well a judge agrees with people says nothing about the models.
      if (find(metric.options, "of") != nullptr && metric.kind == MetricKind::kJudge) continue;
      out.push_back(compare_one(task, metric, filter, before, now, options));
    }
  }
  if (options.judge && task.kind == TaskKind::kGenerate) {
    out.push_back(compare_by_judge(task, before, now, {first.name, other.name}, options));
  }
  for (std::size_t i = begin; i < out.size(); ++i) out[i].second_name = other.name;
}

}  // namespace

std::string Comparison::verdict() const {
  if (!(p_holm < 0.05)) return "no difference shown";
  return (difference > 0) == higher_is_better ? "better" : "worse";
}

std::string said_words(const TaskFile& task, const TaskRow& row) {
  if (chooses(task.kind)) return row.question.choices.at(likeliest(row, Norm::kNone));
  if (!row.said.answers.empty()) return row.said.answers.front();
  return row.said.log_likelihoods.empty() ? "" : text("{:.3f} nats", row.said.log_likelihoods[0]);
}

std::vector<Comparison> compare(std::span<const TaskFile> tasks,
                                std::span<const Competitor> competitors,
                                const CompareOptions& options) {
  if (options.judge) check_judged(tasks, *options.judge);
  std::vector<Comparison> out;
  for (const TaskFile& task : tasks) {
    for (const Competitor& other : competitors.subspan(1)) {
      compare_pair(task, competitors[0], other, options, out);
    }
  }
  std::vector<double> p;
  for (const Comparison& one : out) p.push_back(one.p);
  const std::vector<double> holm = metric::holm(p);
  const std::vector<double> fdr = metric::benjamini_hochberg(p);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].p_holm = holm[i];
    out[i].p_fdr = fdr[i];
  }
  return out;
}

}  // namespace fettle::evaluate
