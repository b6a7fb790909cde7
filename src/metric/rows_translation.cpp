// BLEU, chrF and TER as rows of the table.
#include <set>

#include "metric/bleu.h"
#include "metric/chrf.h"
#include "metric/rows.h"
#include "metric/ter.h"

namespace fettle::metric {
namespace {

// "nrefs:2", or "nrefs:var" where rows differ.
std::string check_references(const Columns& columns) {
  check_rows("answers and references", columns.answers.size(), columns.references.size());
  std::set<std::size_t> counts;
  for (std::size_t i = 0; i < columns.references.size(); ++i) {
    counts.insert(columns.references[i].size());
    if (columns.references[i].empty()) {
      throw DataError("references: row {} has none; give at least one, which may be empty", i + 1);
    }
  }
  return counts.size() == 1 ? text("nrefs:{}", *counts.begin()) : "nrefs:var";
}

template <class Each>
void fill(Prepared& out, const Columns& columns, std::size_t width, const Each& each) {
  out.rows = columns.answers.size();
  out.width = width;
  for (std::size_t i = 0; i < out.rows; ++i) {
    const std::vector<double> row = each(columns.answers[i], columns.references[i]);
    out.statistics.insert(out.statistics.end(), row.begin(), row.end());
  }
}

BleuOptions bleu_options(Options& options, bool effective_order, std::string& signature) {
  BleuOptions out;
  const std::string name = options.word("tokenize", "13a", {"none", "13a", "intl", "char", "zh"});
  out.tokenizer = name == "none"   ? BleuTokenizer::kNone
                  : name == "intl" ? BleuTokenizer::kIntl
                  : name == "char" ? BleuTokenizer::kChar
                  : name == "zh"   ? BleuTokenizer::kZh
                                   : BleuTokenizer::k13a;
  std::string smooth = options.word("smooth_method", "exp", {"none", "floor", "add-k", "exp"});
  out.smoothing = smooth == "none"    ? Smoothing::kNone
                  : smooth == "floor" ? Smoothing::kFloor
                  : smooth == "add-k" ? Smoothing::kAddK
                                      : Smoothing::kExp;
  out.smooth_value = options.number("smooth_value", smooth == "floor" ? 0.1 : 1, 0, 1e6);
  if (smooth == "floor" || smooth == "add-k") smooth += text("[{:.2f}]", out.smooth_value);
  out.lowercase = options.flag("lowercase", false);
  out.effective_order = options.flag("effective_order", effective_order);
  out.max_order = static_cast<std::size_t>(options.count("max_ngram_order", 4, 1, 20));
  signature += text("|case:{}|eff:{}|tok:{}|smooth:{}", out.lowercase ? "lc" : "mixed",
                    out.effective_order ? "yes" : "no", name, smooth);
  if (out.max_order != 4) signature += text("|order:{}", out.max_order);
  return out;
}

Prepared chrf_rows(const Columns& columns, Options& options, std::int64_t word_order) {
  Prepared out{.signature = check_references(columns)};
  ChrfOptions chosen;
  chosen.char_order = static_cast<std::size_t>(options.count("char_order", 6, 1, 20));
  chosen.word_order = static_cast<std::size_t>(options.count("word_order", word_order, 0, 20));
  chosen.beta = options.number("beta", 2, 0, 1000);
  chosen.lowercase = options.flag("lowercase", false);
  chosen.whitespace = options.flag("whitespace", false);
  chosen.eps_smoothing = options.flag("eps_smoothing", false);
  out.signature += text("|case:{}|eff:{}|nc:{}|nw:{}|space:{}", chosen.lowercase ? "lc" : "mixed",
                        chosen.eps_smoothing ? "no" : "yes", chosen.char_order, chosen.word_order,
                        chosen.whitespace ? "yes" : "no");
  if (chosen.beta != 2) out.signature += text("|beta:{}", chosen.beta);
  fill(out, columns, 3 * (chosen.char_order + chosen.word_order),
       [&](const std::string& answer, const std::vector<std::string>& right) {
         return chrf_statistics(answer, right, chosen);
       });
  out.finish = [chosen](std::span<const double> sums) { return chrf(sums, chosen); };
  return out;
}

}  // namespace

Prepared prepare_bleu(const Columns& columns, Options& options) {
  Prepared out{.signature = check_references(columns)};
  const BleuOptions chosen = bleu_options(options, false, out.signature);
  fill(out, columns, 2 + 2 * chosen.max_order,
       [&](const std::string& answer, const std::vector<std::string>& right) {
         return bleu_statistics(answer, right, chosen);
       });
  out.finish = [chosen](std::span<const double> sums) { return bleu(sums, chosen); };
  return out;
}

Prepared prepare_sentence_bleu(const Columns& columns, Options& options) {
  std::string signature = check_references(columns);
  const BleuOptions chosen = bleu_options(options, true, signature);
  std::vector<double> values;
  for (std::size_t i = 0; i < columns.answers.size(); ++i) {
    values.push_back(
        bleu(bleu_statistics(columns.answers[i], columns.references[i], chosen), chosen));
  }
  return mean_of(std::move(values), signature + "|mean");
}

Prepared prepare_chrf(const Columns& columns, Options& options) {
  return chrf_rows(columns, options, 0);
}

Prepared prepare_chrf_plus(const Columns& columns, Options& options) {
  return chrf_rows(columns, options, 2);
}

Prepared prepare_ter(const Columns& columns, Options& options) {
  Prepared out{.signature = check_references(columns)};
  TerOptions chosen;
  chosen.normalized = options.flag("normalized", false);
  chosen.no_punct = options.flag("no_punct", false);
  chosen.asian_support = options.flag("asian_support", false);
  chosen.case_sensitive = options.flag("case_sensitive", false);
  out.signature += text("|case:{}|tok:tercom|norm:{}|punct:{}|asian:{}",
                        chosen.case_sensitive ? "mixed" : "lc", chosen.normalized ? "yes" : "no",
                        chosen.no_punct ? "no" : "yes", chosen.asian_support ? "yes" : "no");
  fill(out, columns, 2, [&](const std::string& answer, const std::vector<std::string>& right) {
    return ter_statistics(answer, right, chosen);
  });
  out.finish = [](std::span<const double> sums) { return ter(sums); };
  return out;
}

}  // namespace fettle::metric
