// Judging a model on rows: held-out loss, greedy answers against the right ones, labels by
// likelihood, each with a 95% interval.
#pragma once

#include <functional>

#include "batch/build_examples.h"
#include "batch/make_example.h"
#include "data/row.h"
#include "evaluate/config.h"
#include "evaluate/report.h"
#include "model/decoder.h"

namespace fettle::evaluate {

struct Task {
  const data::Dataset& data;
  const batch::TextSide& text;
  const batch::BatchConfig& batch;
  const EvaluateConfig& config;
  std::uint64_t seed = 0;  // of the bootstrap
};

// What is measured, a row each.
struct MeasureRow {
  std::string_view name;
  bool needs_answers = false;     // greedy generation
  bool needs_likelihood = false;  // of every label
  bool needs_labels = false;      // classification rows alone
  std::string_view help;
  std::string_view source;
};
[[nodiscard]] std::span<const MeasureRow> measures();

// Told the rows done and the rows there are; may throw to stop.
using OnProgress = std::function<void(std::int64_t, std::int64_t)>;

// Figures that need labels are left out for rows without them. Throws DataError when no row can be
// evaluated.
[[nodiscard]] Report evaluate(const model::Decoder& decoder, const Task& task,
                              const OnProgress& on_progress = nullptr);

}  // namespace fettle::evaluate
