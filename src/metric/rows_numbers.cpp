// Metrics over numbers: regression, and a text's likelihood.
#include <cmath>
#include <limits>
#include <numbers>

#include "metric/regression.h"
#include "metric/rows.h"

namespace fettle::metric {
namespace {

using Pair = double (*)(std::span<const double>, std::span<const double>);

void check_numbers(const Columns& columns) {
  check_rows("targets and values", columns.targets.size(), columns.values.size());
  for (std::size_t i = 0; i < columns.targets.size(); ++i) {
    check_finite("targets", i, columns.targets[i]);
    check_finite("values", i, columns.values[i]);
  }
}

template <class Each>
Prepared errors(const Columns& columns, const Each& each) {
  check_numbers(columns);
  std::vector<double> values;
  for (std::size_t i = 0; i < columns.targets.size(); ++i) {
    values.push_back(each(columns.values[i] - columns.targets[i]));
  }
  return mean_of(std::move(values), "");
}

Prepared of_pairs(const Columns& columns, Pair figure) {
  check_numbers(columns);
  Prepared out{.rows = columns.targets.size(), .signature = ""};
  out.whole = [targets = columns.targets, values = columns.values,
               figure](std::span<const std::size_t> rows) {
    std::vector<double> a;
    std::vector<double> b;
    for (const std::size_t row : rows) {
      a.push_back(targets[row]);
      b.push_back(values[row]);
    }
    return figure(a, b);
  };
  return out;
}

// A figure of the rows' summed numerator over their summed denominator.
Prepared of_sums(const std::vector<double>& above, const std::vector<std::int64_t>& below,
                 std::string_view what, std::string signature, double (*figure)(double)) {
  check_rows(what, below.size(), above.size());
  Prepared out{.rows = below.size(), .signature = std::move(signature), .width = 2};
  for (std::size_t i = 0; i < below.size(); ++i) {
    check_finite(what, i, above[i]);
    if (below[i] < 0) {
      throw DataError("{}: row {} counts {}; allowed: 0 and more", what, i + 1, below[i]);
    }
    out.statistics.push_back(above[i]);
    out.statistics.push_back(static_cast<double>(below[i]));
  }
  out.finish = [figure](std::span<const double> sums) {
    return sums[1] == 0 ? std::numeric_limits<double>::quiet_NaN() : figure(sums[0] / sums[1]);
  };
  return out;
}

double same(double value) { return value; }
double exponential(double value) { return std::exp(value); }
double bits(double value) { return value / std::numbers::ln2; }

}  // namespace

Prepared prepare_mse(const Columns& columns, Options&) {
  return errors(columns, [](double gap) { return gap * gap; });
}

Prepared prepare_rmse(const Columns& columns, Options& options) {
  Prepared out = prepare_mse(columns, options);
  out.finish = [](std::span<const double> sums) { return std::sqrt(sums[0] / sums[1]); };
  return out;
}

Prepared prepare_mae(const Columns& columns, Options&) {
  return errors(columns, [](double gap) { return std::abs(gap); });
}

Prepared prepare_r2(const Columns& columns, Options&) { return of_pairs(columns, r2); }
Prepared prepare_pearson(const Columns& columns, Options&) { return of_pairs(columns, pearson); }
Prepared prepare_spearman(const Columns& columns, Options&) { return of_pairs(columns, spearman); }
Prepared prepare_kendall(const Columns& columns, Options&) { return of_pairs(columns, kendall); }

Prepared prepare_loss(const Columns& columns, Options&) {
  return of_sums(columns.nll, columns.tokens, "nll and tokens", "nats|token", same);
}

Prepared prepare_perplexity(const Columns& columns, Options&) {
  return of_sums(columns.nll, columns.tokens, "nll and tokens", "exp|token", exponential);
}

Prepared prepare_word_perplexity(const Columns& columns, Options&) {
  return of_sums(columns.nll, columns.words, "nll and words", "exp|word", exponential);
}

Prepared prepare_byte_perplexity(const Columns& columns, Options&) {
  return of_sums(columns.nll, columns.bytes, "nll and bytes", "exp|byte", exponential);
}

Prepared prepare_bits_per_byte(const Columns& columns, Options&) {
  return of_sums(columns.nll, columns.bytes, "nll and bytes", "log2|byte", bits);
}

Prepared prepare_token_accuracy(const Columns& columns, Options&) {
  const std::vector<double> right(columns.right_tokens.begin(), columns.right_tokens.end());
  return of_sums(right, columns.tokens, "right_tokens and tokens", "greedy|token", same);
}

}  // namespace fettle::metric
