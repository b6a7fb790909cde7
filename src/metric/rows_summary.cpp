// ROUGE, METEOR, error rates, diversity, SQuAD 2's thresholds and pass@k as rows of the table.
#include <algorithm>
#include <cmath>

#include "metric/diversity.h"
#include "metric/edit.h"
#include "metric/meteor.h"
#include "metric/pass_at_k.h"
#include "metric/rouge.h"
#include "metric/rows.h"
#include "metric/text.h"
#include "metric/unanswerable.h"
#include "metric/unicode.h"
#include "metric/words.h"

namespace fettle::metric {
namespace {

void check_texts(const Columns& columns) {
  check_rows("answers and references", columns.answers.size(), columns.references.size());
}

Prepared rouge_rows(const Columns& columns, Options& options, RougeKind kind, std::size_t order) {
  check_texts(columns);
  const RougeOptions chosen{kind, order, options.flag("use_stemmer", false)};
  const std::string measure = options.word("measure", "f1", {"f1", "precision", "recall"});
  std::vector<double> values;
  for (std::size_t i = 0; i < columns.answers.size(); ++i) {
    const Scores found = rouge(columns.answers[i], columns.references[i], chosen);
    values.push_back(measure == "f1"       ? found.f1
                     : measure == "recall" ? found.recall
                                           : found.precision);
  }
  return mean_of(std::move(values),
                 text("stemmer:{}|measure:{}", chosen.use_stemmer ? "porter" : "no", measure));
}

// Edits over the length of the reference with the lowest rate, summed over rows.
template <class Errors>
Prepared error_rate(const Columns& columns, const Errors& errors) {
  check_texts(columns);
  Prepared out{.rows = columns.answers.size(), .width = 2};
  for (std::size_t i = 0; i < out.rows; ++i) {
    std::vector<double> best = {0, -1};
    const auto rate = [](const std::vector<double>& e) { return e[0] / std::max(e[1], 1.0); };
    for (const std::string& reference : columns.references[i]) {
      const std::vector<double> found = errors(columns.answers[i], reference);
      if (best[1] < 0 || rate(found) < rate(best)) best = found;
    }
    if (best[1] < 0) throw DataError("references: row {} has none; give at least one", i + 1);
    out.statistics.insert(out.statistics.end(), best.begin(), best.end());
  }
  out.finish = [](std::span<const double> sums) {
    if (sums[1] > 0) return sums[0] / sums[1];
    return sums[0] > 0 ? 1.0 : 0.0;
  };
  return out;
}

std::vector<std::vector<std::string>> words_of_rows(const Columns& columns) {
  if (columns.answers.empty()) throw DataError("answers: there are no rows; give at least one");
  std::vector<std::vector<std::string>> out;
  for (const std::string& answer : columns.answers) out.push_back(split(code_points(answer)));
  return out;
}

// A figure of the chosen rows' words.
template <class Figure>
Prepared of_words(const Columns& columns, std::string signature, Figure figure) {
  Prepared out{.rows = columns.answers.size(), .signature = std::move(signature)};
  out.whole = [words = words_of_rows(columns), figure](std::span<const std::size_t> rows) {
    std::vector<std::vector<std::string>> chosen;
    for (const std::size_t row : rows) chosen.push_back(words[row]);
    return figure(chosen);
  };
  return out;
}

Prepared best_rows(const Columns& columns, bool exact) {
  check_texts(columns);
  check_rows("answers and no-answer scores", columns.answers.size(), columns.values.size());
  struct Row {
    double score = 0;
    std::uint8_t answerable = 0;
    std::uint8_t empty = 0;
  };
  std::vector<Row> all;
  for (std::size_t i = 0; i < columns.answers.size(); ++i) {
    check_finite("no-answer scores", i, columns.values[i]);
    const std::string& answer = columns.answers[i];
    const auto& right = columns.references[i];
    const double score =
        exact ? (exact_match(answer, right, Normaliser::kSquad) ? 1 : 0) : token_f1(answer, right);
    all.push_back({score, right.empty() ? std::uint8_t{0} : std::uint8_t{1},
                   answer.empty() ? std::uint8_t{1} : std::uint8_t{0}});
  }
  Prepared out{.rows = all.size(), .signature = "norm:squad|threshold:best"};
  out.whole = [all, silence = columns.values](std::span<const std::size_t> rows) {
    std::vector<double> scores;
    std::vector<double> silent;
    std::vector<std::uint8_t> answerable;
    std::vector<std::uint8_t> empty;
    for (const std::size_t row : rows) {
      scores.push_back(all[row].score);
      silent.push_back(silence[row]);
      answerable.push_back(all[row].answerable);
      empty.push_back(all[row].empty);
    }
    return best_threshold(scores, silent, answerable, empty).score;
  };
  return out;
}

}  // namespace

Prepared prepare_rouge1(const Columns& columns, Options& options) {
  return rouge_rows(columns, options, RougeKind::kN, 1);
}

Prepared prepare_rouge2(const Columns& columns, Options& options) {
  return rouge_rows(columns, options, RougeKind::kN, 2);
}

Prepared prepare_rouge_l(const Columns& columns, Options& options) {
  return rouge_rows(columns, options, RougeKind::kL, 1);
}

Prepared prepare_rouge_lsum(const Columns& columns, Options& options) {
  return rouge_rows(columns, options, RougeKind::kLsum, 1);
}

Prepared prepare_meteor(const Columns& columns, Options& options) {
  check_texts(columns);
  MeteorOptions chosen;
  chosen.alpha = options.number("alpha", 0.9, 0, 1);
  chosen.beta = options.number("beta", 3, 0, 100);
  chosen.gamma = options.number("gamma", 0.5, 0, 1);
  Synonyms synonyms(options.line("wordnet", "/usr/share/wordnet"));
  const auto words = [](const std::string& text) { return split(lower(code_points(text))); };
  std::vector<double> values;
  for (std::size_t i = 0; i < columns.answers.size(); ++i) {
    std::vector<std::vector<std::string>> right;
    for (const std::string& reference : columns.references[i]) right.push_back(words(reference));
    values.push_back(meteor(words(columns.answers[i]), right, synonyms, chosen));
  }
  return mean_of(std::move(values), text("tok:space|alpha:{}|beta:{}|gamma:{}|wordnet:3",
                                         chosen.alpha, chosen.beta, chosen.gamma));
}

Prepared prepare_wer(const Columns& columns, Options&) { return error_rate(columns, word_errors); }

Prepared prepare_cer(const Columns& columns, Options&) {
  return error_rate(columns, character_errors);
}

Prepared prepare_edit_distance(const Columns& columns, Options&) {
  check_texts(columns);
  std::vector<double> values;
  for (std::size_t i = 0; i < columns.answers.size(); ++i) {
    double best = -1;
    for (const std::string& reference : columns.references[i]) {
      const auto found = static_cast<double>(character_edits(columns.answers[i], reference));
      if (best < 0 || found < best) best = found;
    }
    if (best < 0) throw DataError("references: row {} has none; give at least one", i + 1);
    values.push_back(best);
  }
  return mean_of(std::move(values), "characters");
}

Prepared prepare_distinct(const Columns& columns, Options& options) {
  const auto order = static_cast<std::size_t>(options.count("n", 2, 1, 20));
  return of_words(columns, text("tok:space|n:{}", order),
                  [order](const auto& words) { return distinct_n(words, order); });
}

Prepared prepare_self_bleu(const Columns& columns, Options& options) {
  BleuOptions chosen{.effective_order = true};
  chosen.max_order = static_cast<std::size_t>(options.count("max_ngram_order", 4, 1, 20));
  return of_words(columns, text("tok:space|eff:yes|smooth:exp|order:{}", chosen.max_order),
                  [chosen](const auto& words) { return self_bleu(words, chosen); });
}

Prepared prepare_length(const Columns& columns, Options& options) {
  const std::string unit = options.word("unit", "words", {"words", "characters", "bytes"});
  if (columns.answers.empty()) throw DataError("answers: there are no rows; give at least one");
  std::vector<double> values;
  for (const std::string& answer : columns.answers) {
    const std::size_t size = unit == "bytes"   ? answer.size()
                             : unit == "words" ? split(code_points(answer)).size()
                                               : code_points(answer).size();
    values.push_back(static_cast<double>(size));
  }
  return mean_of(std::move(values), "unit:" + unit);
}

Prepared prepare_squad_best_em(const Columns& columns, Options&) {
  return best_rows(columns, true);
}
Prepared prepare_squad_best_f1(const Columns& columns, Options&) {
  return best_rows(columns, false);
}

Prepared prepare_pass_at_k(const Columns& columns, Options& options) {
  check_rows("samples and passed", columns.samples.size(), columns.passed.size());
  const std::int64_t k = options.count("k", 1, 1, 1'000'000);
  std::vector<double> values;
  for (std::size_t i = 0; i < columns.samples.size(); ++i) {
    if (columns.passed[i] < 0 || columns.passed[i] > columns.samples[i] || columns.samples[i] < k) {
      throw DataError(
          "pass@{}: row {} has {} right of {} samples; at least {} samples and no more "
          "right ones were expected",
          k, i + 1, columns.passed[i], columns.samples[i], k);
    }
    values.push_back(pass_at_k(columns.samples[i], columns.passed[i], k));
  }
  return mean_of(std::move(values), text("k:{}", k));
}

}  // namespace fettle::metric
