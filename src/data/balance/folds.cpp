#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "data/balance/partition.h"
#include "data/balance/units.h"

namespace fettle::data {
namespace {

using Folds = std::vector<std::uint16_t>;

// KFold: the first rows % folds folds hold one row more.
Folds plain_folds(std::size_t rows, std::size_t folds, std::uint64_t seed) {
  Folds out(rows);
  const Permutation place(rows, seed, "folds");
  std::size_t at = 0;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    const std::size_t size = rows / folds + (fold < rows % folds ? 1 : 0);
    for (std::size_t k = 0; k < size; ++k) out[place(at++)] = static_cast<std::uint16_t>(fold);
  }
  return out;
}

// Classes by number in order of first appearance.
std::vector<std::uint32_t> renumbered(std::span<const std::uint32_t> classes) {
  const std::uint32_t most = *std::max_element(classes.begin(), classes.end());
  std::vector<std::uint32_t> number(std::size_t{most} + 1, 0xffffffff);
  std::uint32_t next = 0;
  std::vector<std::uint32_t> out;
  for (const std::uint32_t c : classes) {
    if (number[c] == 0xffffffff) number[c] = next++;
    out.push_back(number[c]);
  }
  return out;
}

// StratifiedKFold: the classes' rows laid out one class after another are dealt to the folds in
// turn; which rows of a class go where is the seed's.
Folds stratified_folds(std::span<const std::uint32_t> given, std::size_t folds,
                       std::uint64_t seed) {
  const std::vector<std::uint32_t> classes = renumbered(given);
  const std::size_t rows = classes.size();
  std::vector<std::size_t> order(rows);
  const Permutation place(rows, seed, "folds");
  for (std::size_t i = 0; i < rows; ++i) order[i] = place(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return classes[a] < classes[b]; });
  Folds out(rows);
  for (std::size_t i = 0; i < rows; ++i) out[order[i]] = static_cast<std::uint16_t>(i % folds);
  return out;
}

// GroupKFold: the largest unit left goes to the fold with the fewest rows.
Folds grouped_folds(const Units& units, std::size_t rows, std::size_t folds, std::uint64_t seed) {
  Folds out(rows);
  std::vector<std::size_t> filled(folds, 0);
  for (const std::uint32_t unit : units.shuffled(seed, "folds")) {
    const auto least = std::min_element(filled.begin(), filled.end());
    *least += units.rows(unit).size();
    for (const std::uint32_t row : units.rows(unit)) {
      out[row] = static_cast<std::uint16_t>(least - filled.begin());
    }
  }
  return out;
}

// StratifiedGroupKFold: a unit goes where the classes' shares over the folds then differ least.
class StratifiedUnits {
 public:
  StratifiedUnits(std::span<const std::uint32_t> classes, const Units& units, std::size_t folds)
      : classes_(renumbered(classes)), units_(units), folds_(folds) {
    kinds_ = std::size_t{*std::max_element(classes_.begin(), classes_.end())} + 1;
    totals_.assign(kinds_, 0);
    for (const std::uint32_t c : classes_) ++totals_[c];
    held_.assign(folds * kinds_, 0);
    sizes_.assign(folds, 0);
  }

  Folds run(std::uint64_t seed) {
    std::vector<std::uint32_t> order = units_.shuffled(seed, "folds");
    std::vector<double> spread(units_.size());
    for (std::uint32_t unit = 0; unit < units_.size(); ++unit) spread[unit] = spread_of(unit);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return spread[a] > spread[b]; });
    Folds out(classes_.size());
    for (const std::uint32_t unit : order) {
      const std::vector<double> counts = counts_of(unit);
      const std::size_t fold = best_fold(counts);
      for (std::size_t c = 0; c < kinds_; ++c) held_[fold * kinds_ + c] += counts[c];
      sizes_[fold] += units_.rows(unit).size();
      for (const std::uint32_t row : units_.rows(unit)) out[row] = static_cast<std::uint16_t>(fold);
    }
    return out;
  }

 private:
  [[nodiscard]] std::vector<double> counts_of(std::uint32_t unit) const {
    std::vector<double> counts(kinds_, 0);
    for (const std::uint32_t row : units_.rows(unit)) ++counts[classes_[row]];
    return counts;
  }

  template <class Values>
  static double deviation(std::size_t count, Values value) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += value(i);
    const double mean = sum / static_cast<double>(count);
    double squares = 0;
    for (std::size_t i = 0; i < count; ++i) squares += (value(i) - mean) * (value(i) - mean);
    return std::sqrt(squares / static_cast<double>(count));
  }

  [[nodiscard]] double spread_of(std::uint32_t unit) const {
    const std::vector<double> counts = counts_of(unit);
    return deviation(kinds_, [&](std::size_t c) { return counts[c]; });
  }

  [[nodiscard]] std::size_t best_fold(const std::vector<double>& counts) const {
    std::size_t best = 0;
    double least = 0;
    for (std::size_t fold = 0; fold < folds_; ++fold) {
      double sum = 0;
      for (std::size_t c = 0; c < kinds_; ++c) {
        sum += deviation(folds_, [&](std::size_t i) {
          return (held_[i * kinds_ + c] + (i == fold ? counts[c] : 0)) / totals_[c];
        });
      }
      const bool close = std::abs(sum - least) <= 1e-8 + 1e-5 * std::abs(least);
      const bool better = close ? sizes_[fold] < sizes_[best] : sum < least;
      if (fold != 0 && !better) continue;
      best = fold;
      least = sum;
    }
    return best;
  }

  std::vector<std::uint32_t> classes_;
  const Units& units_;
  std::size_t folds_;
  std::size_t kinds_ = 0;
  std::vector<double> totals_;
  std::vector<double> held_;  // [fold, class]
  std::vector<std::size_t> sizes_;
};

}  // namespace

std::vector<std::uint16_t> folds_of(const RowTraits& traits, std::int64_t folds,
                                    std::uint64_t seed) {
  if (folds < 2 || folds > 1000) {
    throw UsageError("{} folds are asked for; give 2 to 1000", folds);
  }
  const Units units(traits.rows, traits.units);
  const auto count = static_cast<std::size_t>(folds);
  if (units.size() < count) {
    throw DataError("{} folds are asked for of {} rows or groups; ask for fewer", folds,
                    units.size());
  }
  if (traits.classes.empty()) {
    return units.all_single() ? plain_folds(traits.rows, count, seed)
                              : grouped_folds(units, traits.rows, count, seed);
  }
  if (units.all_single()) return stratified_folds(traits.classes, count, seed);
  return StratifiedUnits(traits.classes, units, count).run(seed);
}

}  // namespace fettle::data
