// Whether one model is better than another on tasks, by how much, how surely, and for which rows.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluate/task_judge.h"
#include "evaluate/task_result.h"

namespace fettle::evaluate {

// One model's rows of several tasks.
struct Competitor {
  std::string name;
  std::vector<TaskResult> results;
};

// Rows that share a column's value.
struct Slice {
  std::string column;
  std::string value;
  std::int64_t rows = 0;
  double first = 0;
  double second = 0;
};

// The same row, right for one and wrong for the other.
struct Flip {
  std::size_t row = 0;
  std::string prompt;
  std::string right;  // what was right
  std::string first;  // what each said
  std::string second;
  bool gained = false;  // wrong before, right now
};

// What a judge said of the pairs of two models, beside who won.
struct JudgeNotes {
  std::string by;
  metric::PairSummary pairs;
  std::optional<metric::Agreement> people;

  // "judged by M in both orders: 12 of 40 ties, ..."
  [[nodiscard]] std::string sentence() const;
};

struct Comparison {
  std::string task;
  std::string metric;
  std::string filter;
  std::string second_name;
  std::int64_t rows = 0;
  double first = 0;  // the first competitor's figure
  double second = 0;
  double difference = 0;      // second minus first
  metric::Interval interval;  // 95%, paired bootstrap
  std::string test;           // "McNemar (exact)", "permutation (1000)", "paired bootstrap (1000)"
  double p = 1;               // two-sided
  double p_holm = 1;          // over all comparisons
  double p_fdr = 1;           // Benjamini and Hochberg
  double needed_rows = 0;     // for 80% power at 0.05, if the difference is real; may be infinite
  bool higher_is_better = true;
  std::vector<Slice> slices;  // the worst for the second competitor first
  std::vector<Flip> flips;
  std::optional<JudgeNotes> judge;  // of kJudgePairs

  // "better", "worse" or "no difference shown", at a Holm-corrected 0.05.
  [[nodiscard]] std::string verdict() const;
};

// The name of the comparison of pairs by a judge: each model's share of wins, ties by half.
inline constexpr const char* kJudgePairs = "judge_pairs";

struct CompareOptions {
  metric::BootstrapOptions bootstrap;
  std::optional<PairJudge> judge;   // of tasks whose answers are written
  std::vector<std::string> slices;  // columns, beside the tasks' own, "length" and "class"
  std::int64_t min_slice_rows = 5;
  std::size_t max_flips = 50;
};

// Each later competitor against the first, task by task, on rows that are the same. tasks: the
// files that say how rows become figures. Throws DataError when a task is missing for one or its
// rows differ, UsageError for a judge where no task's answers are written.
[[nodiscard]] std::vector<Comparison> compare(std::span<const TaskFile> tasks,
                                              std::span<const Competitor> competitors,
                                              const CompareOptions& options);

// What a row was answered, in words: the likeliest choice, the answer, or the likelihood.
[[nodiscard]] std::string said_words(const TaskFile& task, const TaskRow& row);

}  // namespace fettle::evaluate
