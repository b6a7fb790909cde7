// What comparisons are made of: the test of a difference, and slices.
#pragma once

#include <string>
#include <vector>

#include "evaluate/compare.h"

namespace fettle::evaluate {

[[nodiscard]] bool all_zero_or_one(const std::vector<double>& values);

// Fills in the difference of two models' figures of the same rows, its interval, its test.
void test_difference(const metric::Prepared& first, const metric::Prepared& second,
                     const CompareOptions& options, Comparison& out);

// The right choice of a row; empty where there is none.
[[nodiscard]] std::string class_of_row(const TaskRow& row);

// Rows by length, class and the columns that the task and the options name, the slice where the
// second model does worst against the first in front. whole: the comparison of all rows.
[[nodiscard]] std::vector<Slice> slices_of(const std::vector<TaskRow>& rows,
                                           const metric::Prepared& first,
                                           const metric::Prepared& second, const TaskFile& task,
                                           const CompareOptions& options, const Comparison& whole);

// Throws UsageError for a judge that none of the tasks has written answers for.
void check_judged(std::span<const TaskFile> tasks, const PairJudge& judge);

// The judge's verdicts on a task, options.judge given. Throws DataError where it gave none.
[[nodiscard]] Comparison compare_by_judge(const TaskFile& task, const TaskResult& first,
                                          const TaskResult& second,
                                          const std::pair<std::string, std::string>& names,
                                          const CompareOptions& options);

}  // namespace fettle::evaluate
