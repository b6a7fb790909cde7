#include "evaluate/compare_rows.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "evaluate/prompter.h"
#include "metric/effect.h"
#include "metric/paired.h"
#include "metric/unicode.h"

namespace fettle::evaluate {
namespace {

using metric::Prepared;

double needed(const std::vector<double>& differences) {
  double sum = 0;
  double squares = 0;
  const auto n = static_cast<double>(differences.size());
  for (const double value : differences) {
    if (!std::isfinite(value)) return std::nan("");
    sum += value;
    squares += value * value;
  }
  const double variance = n > 1 ? (squares - sum * sum / n) / (n - 1) : 0;
  if (variance <= 0) return std::nan("");
  return std::ceil(metric::needed_paired_rows(sum / n / std::sqrt(variance)));
}

// The quarter of the rows by length that a row belongs to.
std::vector<std::string> length_quarters(const std::vector<TaskRow>& rows) {
  std::vector<double> lengths;
  for (const TaskRow& row : rows) {
    const Question& question = row.question;
    const std::string& words =
        question.contexts.empty() ? question.continuations.at(0) : question.contexts[0];
    lengths.push_back(static_cast<double>(metric::code_points(words).size()));
  }
  const double low = metric::quantile(lengths, 0.25);
  const double middle = metric::quantile(lengths, 0.5);
  const double high = metric::quantile(lengths, 0.75);
  std::vector<std::string> out;
  for (const double length : lengths) {
    out.push_back(length <= low      ? text("up to {:.0f} characters", low)
                  : length <= middle ? text("up to {:.0f} characters", middle)
                  : length <= high   ? text("up to {:.0f} characters", high)
                                     : text("over {:.0f} characters", high));
  }
  return out;
}

std::vector<std::string> column_of(const std::vector<TaskRow>& rows, const std::string& column) {
  if (column == "length") return length_quarters(rows);
  std::vector<std::string> out;
  for (const TaskRow& row : rows) {
    const Json* value = find(row.doc, column);
    out.push_back(column == "class" && value == nullptr ? class_of_row(row)
                  : value == nullptr                    ? ""
                                                        : shown_value(*value).substr(0, 60));
  }
  return out;
}

std::vector<std::string> columns_for(const TaskFile& task, const CompareOptions& options) {
  std::vector<std::string> out = {"length", "class"};
  for (const auto* more : {&task.slices, &options.slices}) {
    for (const std::string& column : *more) {
      if (std::ranges::find(out, column) == out.end()) out.push_back(column);
    }
  }
  return out;
}

}  // namespace

bool all_zero_or_one(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return value == 0 || value == 1; });
}

void test_difference(const Prepared& first, const Prepared& second, const CompareOptions& options,
                     Comparison& out) {
  out.first = first.figure();
  out.second = second.figure();
  out.difference = out.second - out.first;
  const metric::PairedResult drawn = metric::paired_bootstrap(second, first, options.bootstrap);
  out.interval = drawn.interval;
  const std::vector<double> before = first.each();
  const std::vector<double> now = second.each();
  std::vector<double> differences;
  for (std::size_t i = 0; i < now.size(); ++i) differences.push_back(now[i] - before[i]);
  out.needed_rows = needed(differences);
  const bool share = first.width > 0 && all_zero_or_one(before) && all_zero_or_one(now);
  if (share) {
    const auto lost = std::ranges::count(differences, -1.0);
    const auto gained = std::ranges::count(differences, 1.0);
    out.p = metric::mcnemar(gained, lost, metric::McNemar::kExact).p;
    out.test = "McNemar (exact)";
  } else if (first.width > 0) {
    const metric::PairedResult tried = metric::permutation(second, first, options.bootstrap);
    out.p = tried.p;
    out.test = text("permutation ({}{})", tried.draws, tried.exact ? ", all" : "");
  } else {
    out.p = drawn.p;
    out.test = text("paired bootstrap ({})", drawn.draws);
  }
}

std::string class_of_row(const TaskRow& row) {
  const Question& question = row.question;
  if (!question.gold.empty() && question.gold.front() >= 0 &&
      question.gold.front() < static_cast<std::int64_t>(question.choices.size())) {
    return question.choices[static_cast<std::size_t>(question.gold.front())];
  }
  return "";
}

std::vector<Slice> slices_of(const std::vector<TaskRow>& rows, const Prepared& first,
                             const Prepared& second, const TaskFile& task,
                             const CompareOptions& options, const Comparison& whole) {
  std::vector<Slice> out;
  for (const std::string& column : columns_for(task, options)) {
    std::map<std::string, std::vector<std::size_t>> groups;
    const std::vector<std::string> values = column_of(rows, column);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!values[i].empty()) groups[values[i]].push_back(i);
    }
    if (groups.size() < 2) continue;
    for (const auto& [value, places] : groups) {
      if (static_cast<std::int64_t>(places.size()) < options.min_slice_rows) continue;
      out.push_back({column, value, static_cast<std::int64_t>(places.size()), first.figure(places),
                     second.figure(places)});
    }
  }
  const double sign = whole.higher_is_better ? 1 : -1;
  std::ranges::stable_sort(out, [&](const Slice& a, const Slice& b) {
    return sign * (a.second - a.first) < sign * (b.second - b.first);
  });
  return out;
}

}  // namespace fettle::evaluate
