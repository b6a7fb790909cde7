#include "metric/classification.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace fettle::metric {
namespace {

double ratio(double numerator, double denominator) {
  return denominator == 0 ? 0 : numerator / denominator;
}

Scores scores_of(std::int64_t right, std::int64_t answered, std::int64_t truths) {
  const auto hits = static_cast<double>(right);
  return {.precision = ratio(hits, static_cast<double>(answered)),
          .recall = ratio(hits, static_cast<double>(truths)),
          .f1 = ratio(2 * hits, static_cast<double>(answered + truths))};
}

void add(Scores& sum, const Scores& scores, double weight) {
  sum.precision += weight * scores.precision;
  sum.recall += weight * scores.recall;
  sum.f1 += weight * scores.f1;
}

Scores divided(const Scores& sum, double by) {
  return {ratio(sum.precision, by), ratio(sum.recall, by), ratio(sum.f1, by)};
}

}  // namespace

std::int64_t Confusion::rows() const {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

std::int64_t Confusion::right() const {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < classes; ++k) sum += at(k, k);
  return sum;
}

std::int64_t Confusion::truths(std::size_t of_class) const {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k <= classes; ++k) sum += at(of_class, k);
  return sum;
}

std::int64_t Confusion::answers(std::size_t of_class) const {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < classes; ++k) sum += at(k, of_class);
  return sum;
}

Confusion confusion(std::span<const int> truth, std::span<const int> answers, std::size_t classes) {
  if (truth.size() != answers.size()) {
    throw InternalError("confusion: {} truths and {} answers; one of each a row was expected",
                        truth.size(), answers.size());
  }
  Confusion table{classes, std::vector<std::int64_t>(classes * (classes + 1), 0)};
  const auto bound = static_cast<std::int64_t>(classes);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] < 0 || truth[i] >= bound || answers[i] < kNoClass || answers[i] >= bound) {
      throw InternalError("confusion: row {} has truth {} and answer {}; there are {} classes", i,
                          truth[i], answers[i], classes);
    }
    const std::size_t answer =
        answers[i] == kNoClass ? classes : static_cast<std::size_t>(answers[i]);
    ++table.counts[static_cast<std::size_t>(truth[i]) * (classes + 1) + answer];
  }
  return table;
}

double accuracy(const Confusion& table) {
  return static_cast<double>(table.right()) / static_cast<double>(table.rows());
}

double balanced_accuracy(const Confusion& table) {
  double sum = 0;
  double seen = 0;
  for (std::size_t k = 0; k < table.classes; ++k) {
    const auto truths = static_cast<double>(table.truths(k));
    if (truths == 0) continue;
    sum += static_cast<double>(table.at(k, k)) / truths;
    ++seen;
  }
  return sum / seen;
}

double matthews(const Confusion& table) {
  const auto rows = static_cast<double>(table.rows());
  double both = 0;
  double answers_squared = 0;
  double truths_squared = 0;
  for (std::size_t k = 0; k <= table.classes; ++k) {
    const double truths = k < table.classes ? static_cast<double>(table.truths(k)) : 0;
    const auto answers = static_cast<double>(table.answers(k));
    both += truths * answers;
    answers_squared += answers * answers;
    truths_squared += truths * truths;
  }
  const double numerator = static_cast<double>(table.right()) * rows - both;
  return ratio(numerator,
               std::sqrt(rows * rows - answers_squared) * std::sqrt(rows * rows - truths_squared));
}

double kappa(const Confusion& table, KappaWeights weights) {
  const auto rows = static_cast<double>(table.rows());
  double observed = 0;
  double expected = 0;
  for (std::size_t truth = 0; truth < table.classes; ++truth) {
    const auto truths = static_cast<double>(table.truths(truth));
    for (std::size_t answer = 0; answer <= table.classes; ++answer) {
      if (truth == answer) continue;
      const double distance = std::abs(static_cast<double>(truth) - static_cast<double>(answer));
      double weight = 1;
      if (weights == KappaWeights::kLinear) weight = distance;
      if (weights == KappaWeights::kQuadratic) weight = distance * distance;
      observed += weight * static_cast<double>(table.at(truth, answer));
      expected += weight * truths * static_cast<double>(table.answers(answer)) / rows;
    }
  }
  return expected == 0 ? std::numeric_limits<double>::quiet_NaN() : 1 - observed / expected;
}

ClassReport class_report(const Confusion& table) {
  ClassReport report;
  std::int64_t right = 0;
  std::int64_t answered = 0;
  std::int64_t truths = 0;
  for (std::size_t k = 0; k < table.classes; ++k) {
    report.support.push_back(table.truths(k));
    report.classes.push_back(scores_of(table.at(k, k), table.answers(k), table.truths(k)));
    add(report.macro, report.classes[k], 1);
    add(report.weighted, report.classes[k], static_cast<double>(table.truths(k)));
    right += table.at(k, k);
    answered += table.answers(k);
    truths += table.truths(k);
  }
  report.macro = divided(report.macro, static_cast<double>(table.classes));
  report.weighted = divided(report.weighted, static_cast<double>(truths));
  report.micro = scores_of(right, answered, truths);
  return report;
}

}  // namespace fettle::metric
