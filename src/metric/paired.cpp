#include "metric/paired.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "metric/missing.h"
#include "metric/special.h"

namespace fettle::metric {
namespace {

void check_pair(const Prepared& first, const Prepared& second) {
  if (first.rows != second.rows || first.rows == 0) {
    throw DataError("comparison: {} rows against {}; the same rows of both were expected",
                    first.rows, second.rows);
  }
}

// Both systems' sums, from which an assignment exchanges some rows.
class Exchange {
 public:
  Exchange(const Prepared& first, const Prepared& second)
      : first_(first), second_(second), sums_first_(first.width), sums_second_(first.width) {}

  // The difference of figures where swapped(row) says which rows change sides.
  template <class Swapped>
  double difference(const Swapped& swapped) {
    std::fill(sums_first_.begin(), sums_first_.end(), 0.0);
    std::fill(sums_second_.begin(), sums_second_.end(), 0.0);
    const std::size_t width = first_.width;
    for (std::size_t row = 0; row < first_.rows; ++row) {
      const double* a = &first_.statistics[row * width];
      const double* b = &second_.statistics[row * width];
      if (swapped(row)) std::swap(a, b);
      for (std::size_t k = 0; k < width; ++k) {
        sums_first_[k] += a[k];
        sums_second_[k] += b[k];
      }
    }
    return first_.finish(sums_first_) - second_.finish(sums_second_);
  }

 private:
  const Prepared& first_;
  const Prepared& second_;
  std::vector<double> sums_first_;
  std::vector<double> sums_second_;
};

// p-values from the smallest (or the largest) up, carrying the extreme so far.
template <class Scale>
std::vector<double> adjusted(std::span<const double> p, bool from_largest, const Scale& scale) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  if (from_largest) std::reverse(order.begin(), order.end());
  std::vector<double> out(p.size());
  double extreme = from_largest ? 1 : 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const double value = p[order[i]] * scale(i);
    extreme = from_largest ? std::min(extreme, value) : std::max(extreme, value);
    out[order[i]] = std::min(extreme, 1.0);
  }
  return out;
}

}  // namespace

TestResult mcnemar(std::int64_t only_first, std::int64_t only_second, McNemar kind) {
  if (only_first < 0 || only_second < 0) {
    throw InternalError("mcnemar: counts {} and {}; none below 0 was expected", only_first,
                        only_second);
  }
  const std::int64_t both = only_first + only_second;
  if (kind == McNemar::kExact) {
    const std::int64_t least = std::min(only_first, only_second);
    return {static_cast<double>(least),
            both == 0 ? 1 : std::min(1.0, 2 * binomial_below(least, both, 0.5))};
  }
  if (both == 0) return {};
  const double gap = std::abs(static_cast<double>(only_first - only_second)) -
                     (kind == McNemar::kChi2Corrected ? 1 : 0);
  const double statistic = gap * gap / static_cast<double>(both);
  return {statistic, chi2_above(statistic)};
}

PairedResult paired_bootstrap(const Prepared& first, const Prepared& second,
                              const BootstrapOptions& options) {
  check_pair(first, second);
  const Statistic gap = [&](std::span<const std::size_t> rows) {
    return first.figure(rows) - second.figure(rows);
  };
  const std::vector<double> draws = bootstrap_figures(first.rows, gap, options);
  PairedResult out{.difference = first.figure() - second.figure(),
                   .interval = {kNaN, kNaN},
                   .draws = static_cast<std::int64_t>(draws.size())};
  if (draws.empty()) return out;
  const double tail = (1 - options.level) / 2;
  out.interval = {quantile(draws, tail), quantile(draws, 1 - tail)};
  const double mean =
      std::accumulate(draws.begin(), draws.end(), 0.0) / static_cast<double>(draws.size());
  const auto farther = std::count_if(draws.begin(), draws.end(), [&](double draw) {
    return std::abs(draw - mean) > std::abs(out.difference);
  });
  out.p = static_cast<double>(farther + 1) / static_cast<double>(draws.size() + 1);
  return out;
}

PairedResult permutation(const Prepared& first, const Prepared& second,
                         const BootstrapOptions& options) {
  check_pair(first, second);
  if (first.width == 0 || first.width != second.width) {
    throw DataError("comparison: this metric has no sums a row; use the paired bootstrap");
  }
  Exchange exchange(first, second);
  PairedResult out{.difference = exchange.difference([](std::size_t) { return false; }),
                   .interval = {kNaN, kNaN}};
  // Sums in another order differ in their last digits; such draws are as far as the real one.
  const double far = std::abs(out.difference) * (1 - 1e-12);
  std::int64_t farther = 0;
  out.exact = first.rows < 40 && (std::int64_t{1} << first.rows) <= options.resamples;
  out.draws = out.exact ? std::int64_t{1} << first.rows : options.resamples;
  const Random random(options.seed, "permutation");
  for (std::int64_t draw = 0; draw < out.draws; ++draw) {
    const double difference = exchange.difference([&](std::size_t row) {
      if (out.exact) return (draw >> row & 1) != 0;
      const auto index = static_cast<std::uint64_t>(draw) * first.rows + row;
      return random.below(index, 2) == 1;
    });
    farther += std::abs(difference) >= far ? 1 : 0;
  }
  const std::int64_t added = out.exact ? 0 : 1;
  out.p = static_cast<double>(farther + added) / static_cast<double>(out.draws + added);
  return out;
}

std::vector<double> holm(std::span<const double> p) {
  return adjusted(p, false, [&](std::size_t i) { return static_cast<double>(p.size() - i); });
}

std::vector<double> benjamini_hochberg(std::span<const double> p) {
  return adjusted(p, true, [&](std::size_t i) {
    return static_cast<double>(p.size()) / static_cast<double>(p.size() - i);
  });
}

}  // namespace fettle::metric
