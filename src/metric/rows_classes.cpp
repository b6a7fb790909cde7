// Metrics over classes: truth and answer.
#include "metric/classification.h"
#include "metric/rows.h"

namespace fettle::metric {
namespace {

enum class Part { kPrecision, kRecall, kF1 };

void check_classes(const Columns& columns) {
  check_rows("truth and answers", columns.truth.size(), columns.said.size());
  const auto bound = static_cast<std::int64_t>(columns.classes);
  for (std::size_t i = 0; i < columns.truth.size(); ++i) {
    const bool fits = columns.truth[i] >= 0 && columns.truth[i] < bound &&
                      columns.said[i] >= kNoClass && columns.said[i] < bound;
    if (!fits) {
      throw DataError("classes: row {} has truth {} and answer {}; allowed: 0 to {}", i + 1,
                      columns.truth[i], columns.said[i], bound - 1);
    }
  }
}

// A figure of the confusion table of the chosen rows.
Prepared of_table(const Columns& columns, std::string signature,
                  std::function<double(const Confusion&)> figure) {
  check_classes(columns);
  Prepared out{.rows = columns.truth.size(), .signature = std::move(signature)};
  out.whole = [truth = columns.truth, said = columns.said, classes = columns.classes,
               figure = std::move(figure)](std::span<const std::size_t> rows) {
    Confusion table{classes, std::vector<std::int64_t>(classes * (classes + 1), 0)};
    for (const std::size_t row : rows) {
      const std::size_t answer =
          said[row] == kNoClass ? classes : static_cast<std::size_t>(said[row]);
      ++table.counts[static_cast<std::size_t>(truth[row]) * (classes + 1) + answer];
    }
    return figure(table);
  };
  return out;
}

double part_of(const Scores& scores, Part part) {
  if (part == Part::kPrecision) return scores.precision;
  return part == Part::kRecall ? scores.recall : scores.f1;
}

Prepared averaged(const Columns& columns, Part part, const std::string& average,
                  std::size_t positive) {
  if (average == "binary" && positive >= columns.classes) {
    throw DataError("classes: the positive class is {}; there are {} classes", positive,
                    columns.classes);
  }
  const std::string signature =
      "average:" + average + (average == "binary" ? text("|positive:{}", positive) : "");
  return of_table(columns, signature, [=](const Confusion& table) {
    const ClassReport report = class_report(table);
    if (average == "binary") return part_of(report.classes[positive], part);
    if (average == "micro") return part_of(report.micro, part);
    return part_of(average == "macro" ? report.macro : report.weighted, part);
  });
}

Prepared chosen(const Columns& columns, Options& options, Part part) {
  const std::string average = options.word("average", columns.classes == 2 ? "binary" : "macro",
                                           {"binary", "macro", "micro", "weighted"});
  const auto positive = options.count("positive", 1, 0, 1 << 20);
  return averaged(columns, part, average, static_cast<std::size_t>(positive));
}

}  // namespace

Prepared mean_of(std::vector<double> values, std::string signature) {
  Prepared out{.rows = values.size(), .signature = std::move(signature), .width = 2};
  out.statistics.reserve(2 * values.size());
  for (const double value : values) {
    out.statistics.push_back(value);
    out.statistics.push_back(1);
  }
  out.finish = [](std::span<const double> sums) { return sums[0] / sums[1]; };
  return out;
}

Prepared prepare_accuracy(const Columns& columns, Options&) {
  check_classes(columns);
  std::vector<double> right;
  for (std::size_t i = 0; i < columns.truth.size(); ++i) {
    right.push_back(columns.truth[i] == columns.said[i] ? 1 : 0);
  }
  return mean_of(std::move(right), "");
}

Prepared prepare_balanced_accuracy(const Columns& columns, Options&) {
  return of_table(columns, "", balanced_accuracy);
}

Prepared prepare_precision(const Columns& columns, Options& options) {
  return chosen(columns, options, Part::kPrecision);
}

Prepared prepare_recall(const Columns& columns, Options& options) {
  return chosen(columns, options, Part::kRecall);
}

Prepared prepare_f1(const Columns& columns, Options& options) {
  return chosen(columns, options, Part::kF1);
}

Prepared prepare_macro_f1(const Columns& columns, Options&) {
  return averaged(columns, Part::kF1, "macro", 0);
}

Prepared prepare_micro_f1(const Columns& columns, Options&) {
  return averaged(columns, Part::kF1, "micro", 0);
}

Prepared prepare_weighted_f1(const Columns& columns, Options&) {
  return averaged(columns, Part::kF1, "weighted", 0);
}

Prepared prepare_matthews(const Columns& columns, Options&) {
  return of_table(columns, "", matthews);
}

Prepared prepare_kappa(const Columns& columns, Options& options) {
  const std::string weights = options.word("weights", "none", {"none", "linear", "quadratic"});
  const KappaWeights kind = weights == "none"     ? KappaWeights::kNone
                            : weights == "linear" ? KappaWeights::kLinear
                                                  : KappaWeights::kQuadratic;
  return of_table(columns, "weights:" + weights,
                  [kind](const Confusion& table) { return kappa(table, kind); });
}

}  // namespace fettle::metric
