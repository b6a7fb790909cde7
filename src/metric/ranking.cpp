#include "metric/ranking.h"

#include <algorithm>
#include <numeric>

#include "metric/missing.h"

namespace fettle::metric {
namespace {

using Curve = double (*)(std::span<const double>, std::span<const std::uint8_t>);

// Calls `group(positives, negatives)` for the rows of each distinct score, the highest first.
template <class Group>
void by_score(std::span<const double> scores, std::span<const std::uint8_t> positive,
              const Group& group) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  for (std::size_t i = 0; i < order.size();) {
    double positives = 0;
    double negatives = 0;
    const double score = scores[order[i]];
    for (; i < order.size() && scores[order[i]] == score; ++i) {
      (positive[order[i]] != 0 ? positives : negatives) += 1;
    }
    group(positives, negatives);
  }
}

double rest(std::span<const std::vector<double>> scores, std::span<const int> truth,
            std::size_t classes, Average average, Curve curve) {
  std::vector<double> column(truth.size());
  std::vector<std::uint8_t> positive(truth.size());
  double sum = 0;
  double weights = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    double rows = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      column[i] = scores[i][k];
      positive[i] = truth[i] == static_cast<int>(k) ? 1 : 0;
      rows += positive[i];
    }
    const double weight = average == Average::kMacro ? 1 : rows;
    sum += weight * curve(column, positive);
    weights += weight;
  }
  return sum / weights;
}

// Class a against class b among their rows, by the score of a.
double one_pair(std::span<const std::vector<double>> scores, std::span<const int> truth,
                std::size_t a, std::size_t b) {
  std::vector<double> column;
  std::vector<std::uint8_t> positive;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto kind = static_cast<std::size_t>(truth[i]);
    if (kind != a && kind != b) continue;
    column.push_back(scores[i][a]);
    positive.push_back(kind == a ? 1 : 0);
  }
  return roc_auc(column, positive);
}

}  // namespace

double roc_auc(std::span<const double> scores, std::span<const std::uint8_t> positive) {
  double above = 0;  // positive rows with a higher score than the group
  double ordered = 0;
  double all_negatives = 0;
  by_score(scores, positive, [&](double positives, double negatives) {
    ordered += negatives * (above + positives / 2);
    above += positives;
    all_negatives += negatives;
  });
  return above == 0 || all_negatives == 0 ? kNaN : ordered / (above * all_negatives);
}

double average_precision(std::span<const double> scores, std::span<const std::uint8_t> positive) {
  double hits = 0;
  double taken = 0;
  double sum = 0;
  by_score(scores, positive, [&](double positives, double negatives) {
    hits += positives;
    taken += positives + negatives;
    sum += positives * hits / taken;
  });
  return hits == 0 ? 0 : sum / hits;
}

double roc_auc_rest(std::span<const std::vector<double>> scores, std::span<const int> truth,
                    std::size_t classes, Average average) {
  return rest(scores, truth, classes, average, roc_auc);
}

double average_precision_rest(std::span<const std::vector<double>> scores,
                              std::span<const int> truth, std::size_t classes, Average average) {
  return rest(scores, truth, classes, average, average_precision);
}

double roc_auc_pairs(std::span<const std::vector<double>> scores, std::span<const int> truth,
                     std::size_t classes, Average average) {
  std::vector<double> rows(classes, 0.0);
  for (const int kind : truth) ++rows[static_cast<std::size_t>(kind)];
  double sum = 0;
  double weights = 0;
  for (std::size_t a = 0; a < classes; ++a) {
    for (std::size_t b = a + 1; b < classes; ++b) {
      if (rows[a] == 0 || rows[b] == 0) continue;
      const double area = (one_pair(scores, truth, a, b) + one_pair(scores, truth, b, a)) / 2;
      const double weight = average == Average::kMacro ? 1 : rows[a] + rows[b];
      sum += weight * area;
      weights += weight;
    }
  }
  return weights == 0 ? kNaN : sum / weights;
}

}  // namespace fettle::metric
