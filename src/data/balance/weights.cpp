#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "data/balance/resample.h"

namespace fettle::data {

std::vector<double> reweighing(std::span<const std::uint64_t> cells, std::size_t groups) {
  const std::size_t classes = groups == 0 ? 0 : cells.size() / groups;
  std::vector<double> of_class(classes, 0);
  std::vector<double> of_group(groups, 0);
  double rows = 0;
  for (std::size_t i = 0; i < classes * groups; ++i) {
    const auto count = static_cast<double>(cells[i]);
    of_class[i / groups] += count;
    of_group[i % groups] += count;
    rows += count;
  }
  std::vector<double> weights(cells.size(), 0);
  for (std::size_t i = 0; i < classes * groups; ++i) {
    if (cells[i] == 0) continue;
    weights[i] =
        of_class[i / groups] * of_group[i % groups] / (rows * static_cast<double>(cells[i]));
  }
  return weights;
}

std::vector<double> mixture_rates(std::span<const std::uint64_t> counts, double temperature,
                                  std::uint64_t cap) {
  if (!(temperature >= 1) || !std::isfinite(temperature)) {
    throw UsageError("the temperature of mixing is {}; give 1 (by size) or more", temperature);
  }
  std::vector<double> rates;
  double sum = 0;
  for (const std::uint64_t count : counts) {
    const auto held = static_cast<double>(cap == 0 ? count : std::min(count, cap));
    rates.push_back(held == 0 ? 0 : std::pow(held, 1 / temperature));
    sum += rates.back();
  }
  if (sum == 0) throw UsageError("none of the sources to mix has a row");
  for (double& rate : rates) rate /= sum;
  return rates;
}

std::vector<std::uint64_t> mixture_counts(std::span<const double> rates, std::uint64_t total) {
  std::vector<std::uint64_t> counts;
  std::vector<std::pair<double, std::size_t>> remainders;
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const double exact = rates[i] * static_cast<double>(total);
    counts.push_back(static_cast<std::uint64_t>(exact));
    given += counts.back();
    if (rates[i] > 0) remainders.emplace_back(std::floor(exact) - exact, i);
  }
  std::sort(remainders.begin(), remainders.end());
  for (std::size_t k = 0; given < total && !remainders.empty(); ++k, ++given) {
    ++counts[remainders[k % remainders.size()].second];
  }
  return counts;
}

}  // namespace fettle::data
