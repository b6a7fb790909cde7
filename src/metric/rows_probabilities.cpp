// Metrics over a probability a class.
#include <algorithm>

#include "metric/probability.h"
#include "metric/ranking.h"
#include "metric/rows.h"

namespace fettle::metric {
namespace {

using Table = std::vector<std::vector<double>>;

// [rows][classes]; where class 1 alone is given, class 0 has the rest.
Table table_of(const Columns& columns, bool shares) {
  check_rows("truth and probabilities", columns.truth.size(), columns.probabilities.size());
  const bool binary = columns.classes == 2;
  Table out;
  for (std::size_t i = 0; i < columns.truth.size(); ++i) {
    const std::vector<double>& row = columns.probabilities[i];
    if (columns.truth[i] < 0 || columns.truth[i] >= static_cast<std::int64_t>(columns.classes)) {
      throw DataError("classes: row {} has truth {}; allowed: 0 to {}", i + 1, columns.truth[i],
                      static_cast<std::int64_t>(columns.classes) - 1);
    }
    if (row.size() != columns.classes && !(binary && row.size() == 1)) {
      throw DataError("probabilities: row {} has {}; {} were expected, one a class", i + 1,
                      row.size(), columns.classes);
    }
    for (const double value : row) {
      check_finite("probabilities", i, value);
      if (shares && !(value >= 0 && value <= 1)) {
        throw DataError("probabilities: row {} has {}; allowed: 0 to 1", i + 1, value);
      }
    }
    out.push_back(row.size() == 1 && binary ? std::vector<double>{1 - row[0], row[0]} : row);
  }
  return out;
}

struct Chosen {
  Table scores;
  std::vector<int> truth;
};

Prepared over_rows(const Columns& columns, bool shares, std::string signature,
                   std::function<double(const Chosen&)> figure) {
  Prepared out{.rows = columns.truth.size(), .signature = std::move(signature)};
  out.whole = [table = table_of(columns, shares), truth = columns.truth,
               figure = std::move(figure)](std::span<const std::size_t> rows) {
    Chosen chosen;
    for (const std::size_t row : rows) {
      chosen.scores.push_back(table[row]);
      chosen.truth.push_back(truth[row]);
    }
    return figure(chosen);
  };
  return out;
}

template <class Curve>
double of_class_one(const Chosen& chosen, const Curve& curve) {
  std::vector<double> scores;
  std::vector<std::uint8_t> positive;
  for (std::size_t i = 0; i < chosen.truth.size(); ++i) {
    scores.push_back(chosen.scores[i][1]);
    positive.push_back(chosen.truth[i] == 1 ? 1 : 0);
  }
  return curve(scores, positive);
}

Calibration calibration_of(const Chosen& chosen, std::size_t bins) {
  std::vector<double> confidence;
  std::vector<std::uint8_t> right;
  for (std::size_t i = 0; i < chosen.truth.size(); ++i) {
    const std::vector<double>& row = chosen.scores[i];
    const auto best = std::max_element(row.begin(), row.end());
    confidence.push_back(*best);
    right.push_back(best - row.begin() == chosen.truth[i] ? 1 : 0);
  }
  return calibration(confidence, right, bins);
}

Prepared calibration_rows(const Columns& columns, Options& options, double Calibration::*part) {
  const auto bins = static_cast<std::size_t>(options.count("bins", 15, 1, 10000));
  return over_rows(columns, true, text("bins:{}", bins),
                   [=](const Chosen& chosen) { return calibration_of(chosen, bins).*part; });
}

Average average_of(const std::string& name) {
  return name == "macro" ? Average::kMacro : Average::kWeighted;
}

}  // namespace

Prepared prepare_roc_auc(const Columns& columns, Options& options) {
  const std::string multi = options.word("multi_class", "ovr", {"ovr", "ovo"});
  const std::string average = options.word("average", "macro", {"macro", "weighted"});
  if (columns.classes == 2) {
    return over_rows(columns, false, "binary",
                     [](const Chosen& chosen) { return of_class_one(chosen, roc_auc); });
  }
  const auto area = multi == "ovr" ? roc_auc_rest : roc_auc_pairs;
  return over_rows(columns, false, text("{}|average:{}", multi, average),
                   [=, classes = columns.classes](const Chosen& chosen) {
                     return area(chosen.scores, chosen.truth, classes, average_of(average));
                   });
}

Prepared prepare_average_precision(const Columns& columns, Options& options) {
  const std::string average = options.word("average", "macro", {"macro", "weighted"});
  if (columns.classes == 2) {
    return over_rows(columns, false, "binary",
                     [](const Chosen& chosen) { return of_class_one(chosen, average_precision); });
  }
  return over_rows(
      columns, false, "average:" + average, [=, classes = columns.classes](const Chosen& chosen) {
        return average_precision_rest(chosen.scores, chosen.truth, classes, average_of(average));
      });
}

Prepared prepare_log_loss(const Columns& columns, Options&) {
  const Table table = table_of(columns, true);
  std::vector<double> values;
  for (std::size_t i = 0; i < table.size(); ++i) {
    values.push_back(log_loss(table[i], static_cast<std::size_t>(columns.truth[i])));
  }
  return mean_of(std::move(values), "");
}

Prepared prepare_brier(const Columns& columns, Options&) {
  const Table table = table_of(columns, true);
  std::vector<double> values;
  for (std::size_t i = 0; i < table.size(); ++i) {
    values.push_back(brier(table[i], static_cast<std::size_t>(columns.truth[i])));
  }
  return mean_of(std::move(values), columns.classes == 2 ? "half" : "sum");
}

Prepared prepare_ece(const Columns& columns, Options& options) {
  return calibration_rows(columns, options, &Calibration::ece);
}

Prepared prepare_mce(const Columns& columns, Options& options) {
  return calibration_rows(columns, options, &Calibration::mce);
}

}  // namespace fettle::metric
