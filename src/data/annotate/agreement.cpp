#include "data/annotate/agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace fettle::data {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double weight(std::size_t i, std::size_t j, Weights weights) {
  const double distance = i > j ? static_cast<double>(i - j) : static_cast<double>(j - i);
  switch (weights) {
    case Weights::kNone:
      return i == j ? 0 : 1;
    case Weights::kLinear:
      return distance;
    case Weights::kQuadratic:
      return distance * distance;
  }
  throw InternalError("weights of kappa are {}", weights);
}

// How often two values were said of one unit: o[c][k] of Krippendorff 2011.
struct Coincidences {
  std::vector<double> values;  // ascending
  std::vector<double> table;   // [values][values]
  std::vector<double> totals;  // n_c, the sums of its rows
  double all = 0;              // n
};

std::vector<double> values_of_unit(std::span<const double> values, std::size_t units,
                                   std::size_t unit) {
  std::vector<double> out;
  for (std::size_t at = unit; at < values.size(); at += units) {
    if (!std::isnan(values[at])) out.push_back(values[at]);
  }
  return out;
}

std::vector<double> distinct(std::span<const double> values) {
  std::vector<double> out;
  for (const double value : values) {
    if (!std::isnan(value)) out.push_back(value);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Coincidences count_coincidences(std::span<const double> values, std::size_t units,
                                std::span<const double> times) {
  Coincidences out;
  out.values = distinct(values);
  const std::size_t size = out.values.size();
  out.table.assign(size * size, 0);
  out.totals.assign(size, 0);
  std::vector<std::size_t> said;
  for (std::size_t unit = 0; unit < units; ++unit) {
    said.clear();
    for (const double value : values_of_unit(values, units, unit)) {
      said.push_back(static_cast<std::size_t>(
          std::lower_bound(out.values.begin(), out.values.end(), value) - out.values.begin()));
    }
    if (said.size() < 2) continue;
    const double count = times.empty() ? 1 : times[unit];
    const double share = count / static_cast<double>(said.size() - 1);
    for (std::size_t i = 0; i < said.size(); ++i) {
      for (std::size_t j = 0; j < said.size(); ++j) {
        if (i != j) out.table[said[i] * size + said[j]] += share;
      }
      out.totals[said[i]] += count;
      out.all += count;
    }
  }
  return out;
}

// The squared difference of the values numbered c < k.
double squared_difference(const Coincidences& counts, std::size_t c, std::size_t k, Level level) {
  if (level == Level::kNominal) return 1;
  double difference = counts.values[k] - counts.values[c];
  if (level == Level::kOrdinal) {
    difference = -(counts.totals[c] + counts.totals[k]) / 2;
    for (std::size_t g = c; g <= k; ++g) difference += counts.totals[g];
  }
  return difference * difference;
}

}  // namespace

double cohen_kappa(std::span<const int> a, std::span<const int> b, std::size_t classes,
                   Weights weights) {
  if (a.size() != b.size()) throw InternalError("kappa of {} and {} rows", a.size(), b.size());
  if (a.empty()) return kUndefined;
  std::vector<double> counts(classes * classes, 0);
  std::vector<double> first(classes, 0);
  std::vector<double> second(classes, 0);
  for (std::size_t row = 0; row < a.size(); ++row) {
    const auto i = static_cast<std::size_t>(a[row]);
    const auto j = static_cast<std::size_t>(b[row]);
    if (i >= classes || j >= classes) throw InternalError("kappa of a class above {}", classes);
    counts[i * classes + j] += 1;
    first[i] += 1;
    second[j] += 1;
  }
  double observed = 0;
  double expected = 0;
  for (std::size_t i = 0; i < classes; ++i) {
    for (std::size_t j = 0; j < classes; ++j) {
      const double w = weight(i, j, weights);
      observed += w * counts[i * classes + j];
      expected += w * first[i] * second[j] / static_cast<double>(a.size());
    }
  }
  return expected == 0 ? kUndefined : 1 - observed / expected;
}

double fleiss_kappa(std::span<const std::int64_t> counts, std::size_t classes) {
  const std::size_t rows = classes == 0 ? 0 : counts.size() / classes;
  if (rows == 0) return kUndefined;
  std::vector<double> totals(classes, 0);
  double raters = 0;
  double agreement = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    double sum = 0;
    double squares = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      const auto count = static_cast<double>(counts[row * classes + c]);
      sum += count;
      squares += count * count;
      totals[c] += count;
    }
    if (row == 0) raters = sum;
    if (sum != raters || sum < 2) {
      throw InternalError(
          "Fleiss' kappa needs the same number of answers, at least 2, of each row");
    }
    agreement += (squares - raters) / (raters * (raters - 1));
  }
  const double observed = agreement / static_cast<double>(rows);
  double expected = 0;
  for (const double total : totals) {
    const double share = total / (static_cast<double>(rows) * raters);
    expected += share * share;
  }
  return expected == 1 ? kUndefined : (observed - expected) / (1 - expected);
}

double krippendorff_alpha(std::span<const double> values, std::size_t units, Level level,
                          std::span<const double> times) {
  if (units == 0) return kUndefined;
  if (values.size() % units != 0 || (!times.empty() && times.size() != units)) {
    throw InternalError("alpha of {} values of {} units", values.size(), units);
  }
  const Coincidences counts = count_coincidences(values, units, times);
  const std::size_t size = counts.values.size();
  double observed = 0;
  double expected = 0;
  for (std::size_t c = 0; c < size; ++c) {
    for (std::size_t k = c + 1; k < size; ++k) {
      const double delta = squared_difference(counts, c, k, level);
      observed += counts.table[c * size + k] * delta;
      expected += counts.totals[c] * counts.totals[k] * delta;
    }
  }
  return expected == 0 ? kUndefined : 1 - (counts.all - 1) * observed / expected;
}

}  // namespace fettle::data
