#include "metric/regression.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "metric/missing.h"

namespace fettle::metric {
namespace {

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

bool constant(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; });
}

std::vector<std::size_t> order_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t x, std::size_t y) { return values[x] < values[y]; });
  return order;
}

// Pairs of equal neighbours in a sequence whose equal entries stand together.
template <class Equal>
double tied_pairs(std::size_t rows, const Equal& equal) {
  double pairs = 0;
  double run = 1;
  for (std::size_t i = 1; i <= rows; ++i) {
    if (i < rows && equal(i - 1, i)) {
      ++run;
    } else {
      pairs += run * (run - 1) / 2;
      run = 1;
    }
  }
  return pairs;
}

// Sorts and returns the inversions: pairs that stood in falling order.
double sort_counting(std::span<double> values, std::span<double> spare) {
  if (values.size() < 2) return 0;
  const std::size_t half = values.size() / 2;
  double found = sort_counting(values.first(half), spare.first(half)) +
                 sort_counting(values.subspan(half), spare.subspan(half));
  std::size_t left = 0;
  std::size_t right = half;
  for (std::size_t out = 0; out < values.size(); ++out) {
    if (right == values.size() || (left < half && values[left] <= values[right])) {
      spare[out] = values[left++];
    } else {
      found += static_cast<double>(half - left);
      spare[out] = values[right++];
    }
  }
  std::copy(spare.begin(), spare.end(), values.begin());
  return found;
}

}  // namespace

double r2(std::span<const double> targets, std::span<const double> values) {
  if (targets.size() < 2) return kNaN;
  const double centre = mean(targets);
  double error = 0;
  double spread = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    error += (targets[i] - values[i]) * (targets[i] - values[i]);
    spread += (targets[i] - centre) * (targets[i] - centre);
  }
  if (spread == 0) return error == 0 ? 1 : 0;
  return 1 - error / spread;
}

double pearson(std::span<const double> a, std::span<const double> b) {
  if (a.size() < 2 || constant(a) || constant(b)) return kNaN;
  const double mean_a = mean(a);
  const double mean_b = mean(b);
  // Scaled by the largest deviation, so that squares neither overflow nor vanish.
  double most_a = 0;
  double most_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    most_a = std::max(most_a, std::abs(a[i] - mean_a));
    most_b = std::max(most_b, std::abs(b[i] - mean_b));
  }
  double both = 0;
  double squares_a = 0;
  double squares_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = (a[i] - mean_a) / most_a;
    const double y = (b[i] - mean_b) / most_b;
    both += x * y;
    squares_a += x * x;
    squares_b += y * y;
  }
  return std::clamp(both / (std::sqrt(squares_a) * std::sqrt(squares_b)), -1.0, 1.0);
}

std::vector<double> mean_ranks(std::span<const double> values) {
  const std::vector<std::size_t> order = order_of(values);
  std::vector<double> ranks(values.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    const double rank = static_cast<double>(i + 1 + end) / 2;
    for (; i < end; ++i) ranks[order[i]] = rank;
  }
  return ranks;
}

double spearman(std::span<const double> a, std::span<const double> b) {
  return pearson(mean_ranks(a), mean_ranks(b));
}

double kendall(std::span<const double> a, std::span<const double> b) {
  const std::size_t rows = a.size();
  if (rows < 2 || constant(a) || constant(b)) return kNaN;
  std::vector<std::size_t> order = order_of(a);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return a[x] < a[y] || (a[x] == a[y] && b[x] < b[y]);
  });
  const double ties_a =
      tied_pairs(rows, [&](std::size_t i, std::size_t j) { return a[order[i]] == a[order[j]]; });
  const double ties_both = tied_pairs(rows, [&](std::size_t i, std::size_t j) {
    return a[order[i]] == a[order[j]] && b[order[i]] == b[order[j]];
  });
  std::vector<double> second;
  for (const std::size_t row : order) second.push_back(b[row]);
  std::vector<double> spare(rows);
  const double falling = sort_counting(second, spare);
  const double ties_b =
      tied_pairs(rows, [&](std::size_t i, std::size_t j) { return second[i] == second[j]; });
  const double pairs = static_cast<double>(rows) * static_cast<double>(rows - 1) / 2;
  const double balance = pairs - ties_a - ties_b + ties_both - 2 * falling;
  return std::clamp(balance / std::sqrt(pairs - ties_a) / std::sqrt(pairs - ties_b), -1.0, 1.0);
}

}  // namespace fettle::metric
