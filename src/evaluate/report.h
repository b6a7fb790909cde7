// What an evaluation found: figures with intervals, and each row's answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "metric/classification.h"
#include "metric/interval.h"

namespace fettle::evaluate {

struct Figure {
  std::string name;  // "exact_match"
  double value = 0;
  std::int64_t rows = 0;                     // or tokens, for loss and perplexity
  std::optional<metric::Interval> interval;  // 95%
  std::string signature;                     // how it was measured: "greedy|strip|wilson95|n:240"
};

struct RowAnswer {
  std::string origin;    // file:line
  std::string question;  // the last user message, or the prompt
  std::string expected;
  std::string answer;     // greedy; empty when none was asked for
  std::string likeliest;  // the label with the highest likelihood; empty when not scored
  bool exact = false;
};

struct Report {
  std::vector<Figure> figures;
  std::vector<std::string> labels;
  std::optional<metric::Confusion> confusion;  // truth by greedy answer, for labelled rows
  std::vector<RowAnswer> rows;
  double seconds = 0;

  [[nodiscard]] const Figure* find(const std::string& name) const;
};

[[nodiscard]] Json to_json(const Report& report);

// Aligned lines: name, value, interval, rows. With `before`, its values stand in a column of their
// own.
[[nodiscard]] std::string figures_text(const Report& report, const Report* before = nullptr);
// Truth down, answers across; labels are shortened to fit `width` columns.
[[nodiscard]] std::string confusion_text(const Report& report, int width = 100);

// null for what JSON cannot hold.
[[nodiscard]] Json number_or_null(double value);

}  // namespace fettle::evaluate
