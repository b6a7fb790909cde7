// What the rows of the table of metrics (metrics.cpp) prepare, and the checks of columns that they
// share. One file an Input: rows_classes.cpp, rows_numbers.cpp, rows_text.cpp, ...
#pragma once

#include <cmath>
#include <string_view>

#include "base/error.h"
#include "metric/options.h"
#include "metric/score.h"

namespace fettle::metric {

// DataError unless there are rows and as many of `second` as of `first`.
inline void check_rows(std::string_view what, std::size_t first, std::size_t second) {
  if (first == 0) throw DataError("{}: there are no rows; give at least one", what);
  if (first != second) {
    throw DataError("{}: {} and {} entries; one of each a row was expected", what, first, second);
  }
}

inline void check_finite(std::string_view what, std::size_t row, double value) {
  if (!std::isfinite(value)) {
    throw DataError("{}: row {} is {}; a finite number was expected", what, row + 1, value);
  }
}

// A metric that is the mean of one number a row.
[[nodiscard]] Prepared mean_of(std::vector<double> values, std::string signature);

// Classes
[[nodiscard]] Prepared prepare_accuracy(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_balanced_accuracy(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_precision(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_recall(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_f1(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_macro_f1(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_micro_f1(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_weighted_f1(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_matthews(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_kappa(const Columns& columns, Options& options);
// Probabilities
[[nodiscard]] Prepared prepare_roc_auc(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_average_precision(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_log_loss(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_brier(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_ece(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_mce(const Columns& columns, Options& options);
// Numbers
[[nodiscard]] Prepared prepare_mse(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_rmse(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_mae(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_r2(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_pearson(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_spearman(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_kendall(const Columns& columns, Options& options);
// Likelihood
[[nodiscard]] Prepared prepare_loss(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_perplexity(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_word_perplexity(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_byte_perplexity(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_bits_per_byte(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_token_accuracy(const Columns& columns, Options& options);
// Texts
[[nodiscard]] Prepared prepare_exact_match(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_squad_em(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_squad_f1(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_bleu(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_sentence_bleu(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_chrf(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_chrf_plus(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_ter(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_rouge1(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_rouge2(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_rouge_l(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_rouge_lsum(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_meteor(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_wer(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_cer(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_edit_distance(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_distinct(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_self_bleu(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_length(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_squad_best_em(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_squad_best_f1(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_pass_at_k(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_number_match(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_json_valid(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_json_schema(const Columns& columns, Options& options);
[[nodiscard]] Prepared prepare_tool_call(const Columns& columns, Options& options);

}  // namespace fettle::metric
