// Results and comparisons for people and programs: JSON, CSV, Markdown and one HTML page.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluate/compare.h"

namespace fettle::evaluate {

struct ReportInput {
  std::string title;
  std::span<const TaskFile> tasks;
  std::span<const Competitor> competitors;
  std::span<const Comparison> comparisons;  // none for one competitor
};

[[nodiscard]] Json compare_json(const ReportInput& input);
// A line a figure: task, metric, filter, model, value, low, high, n.
[[nodiscard]] std::string compare_csv(const ReportInput& input);
[[nodiscard]] std::string compare_markdown(const ReportInput& input);
// One page that needs no network: leaderboard with intervals as pictures, tests, slices,
// calibration, confusion, flipped rows with their prompts. Text of rows is escaped.
[[nodiscard]] std::string compare_html(const ReportInput& input);

}  // namespace fettle::evaluate
