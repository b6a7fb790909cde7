// Models compared by a judge's preferences.
#include <algorithm>

#include "base/error.h"
#include "evaluate/compare_rows.h"
#include "metric/rows.h"

namespace fettle::evaluate {
namespace {

using metric::Prepared;

// The rows whose pairs have a clear verdict, as one model's share of the win and the other's.
struct JudgedRows {
  std::vector<TaskRow> first;
  std::vector<TaskRow> second;
  std::vector<double> won;  // by the second
};

JudgedRows clear_rows(const TaskResult& first, const TaskResult& second,
                      const PairJudgement& judged) {
  JudgedRows out;
  for (std::size_t i = 0; i < judged.verdicts.size(); ++i) {
    const metric::Verdict verdict = judged.verdicts[i].verdict;
    if (verdict == metric::Verdict::kUnclear) continue;
    out.first.push_back(first.rows[i]);
    out.second.push_back(second.rows[i]);
    out.won.push_back(verdict == metric::Verdict::kFirst ? 1
                      : verdict == metric::Verdict::kTie ? 0.5
                                                         : 0);
  }
  return out;
}

std::vector<Flip> preferences(const JudgedRows& rows, std::size_t most) {
  std::vector<Flip> out;
  for (std::size_t i = 0; i < rows.won.size() && out.size() < most; ++i) {
    if (rows.won[i] == 0.5) continue;
    const TaskRow& row = rows.second[i];
    const std::vector<std::string>& right = row.question.references;
    out.push_back({row.question.row, row.question.contexts.at(0),
                   right.empty() ? "" : right.front(), rows.first[i].said.answers.at(0),
                   row.said.answers.at(0), rows.won[i] == 1});
  }
  return out;
}

}  // namespace

Comparison compare_by_judge(const TaskFile& task, const TaskResult& first, const TaskResult& second,
                            const std::pair<std::string, std::string>& names,
                            const CompareOptions& options) {
  const PairJudge& judge = *options.judge;
  const PairJudgement judged =
      judge_pairs(task, first.rows, second.rows, judge, names, options.bootstrap.seed);
  Comparison out;
  out.task = task.name;
  out.metric = kJudgePairs;
  out.filter = "none";
  out.judge = JudgeNotes{judge.name, judged.summary, judged.people};
  const JudgedRows rows = clear_rows(first, second, judged);
  out.rows = std::ssize(rows.won);
  if (rows.won.empty()) {
    throw DataError(
        "task {}: {} gave no verdict that can be read on any of {} pairs; its answers must end "
        "with [[A]], [[B]] or [[C]]: try another judge",
        task.name, judge.name, judged.verdicts.size());
  }
  std::vector<double> lost;
  for (const double won : rows.won) lost.push_back(1 - won);
  const Prepared before = metric::mean_of(lost, "");
  const Prepared now = metric::mean_of(rows.won, "");
  test_difference(before, now, options, out);
  out.slices = slices_of(rows.first, before, now, task, options, out);
  out.flips = preferences(rows, options.max_flips);
  return out;
}

void check_judged(std::span<const TaskFile> tasks, const PairJudge& judge) {
  const auto written = [](const TaskFile& task) { return task.kind == TaskKind::kGenerate; };
  if (std::ranges::none_of(tasks, written)) {
    throw UsageError(
        "--judge {}: a judge reads written answers, and none of the tasks has any; compare on "
        "tasks of output_type generate_until",
        judge.name);
  }
  if (!judge.pattern.empty()) (void)metric::judge_prompt(judge.pattern, {});
}

std::string JudgeNotes::sentence() const {
  std::string out = text(
      "judged by {} in both orders: its verdicts agree on {:.0f}% of the pairs, {:.0f}% of the "
      "decided ones name the answer that stood first",
      by, 100 * pairs.consistent, 100 * pairs.first_place);
  if (pairs.unclear > 0) out += text("; {} pairs have no verdict", pairs.unclear);
  if (people && people->rows > 0) {
    out += text(
        "; on {} pairs with people's verdicts {:.0f}% [{:.0f}, {:.0f}] are theirs, kappa {:.2f}",
        people->rows, 100 * people->share, 100 * people->interval.low, 100 * people->interval.high,
        people->kappa);
  } else if (people) {
    out += "; no pair has a verdict of people";
  }
  return out;
}

}  // namespace fettle::evaluate
