#include "metric/metrics.h"

#include <array>

#include "metric/rows.h"

namespace fettle::metric {
namespace {

using enum Input;
using enum Better;
using enum IntervalKind;

constexpr std::string_view kAverages = "average=binary|macro|micro|weighted positive=1";

constexpr std::string_view kBleu =
    "tokenize=13a|none|intl|char|zh smooth_method=exp|none|floor|add-k smooth_value lowercase "
    "effective_order max_ngram_order=4";
constexpr std::string_view kChrf =
    "char_order=6 word_order beta=2 lowercase whitespace eps_smoothing";

constexpr std::string_view kRouge = "use_stemmer measure=f1|precision|recall";

constexpr auto kMetrics = std::to_array<MetricRow>({
    {"loss", "mean negative log-likelihood of the scored tokens, in nats", "cross-entropy",
     kLikelihood, kLower, kBootstrap, "", prepare_loss},
    {"perplexity", "exp of the mean negative log-likelihood a token", "Jelinek et al. 1977",
     kLikelihood, kLower, kBootstrap, "", prepare_perplexity},
    {"word_perplexity", "exp of the negative log-likelihood a word of the original text",
     "lm-evaluation-harness", kLikelihood, kLower, kBootstrap, "", prepare_word_perplexity},
    {"byte_perplexity", "exp of the negative log-likelihood a byte of the original text",
     "lm-evaluation-harness", kLikelihood, kLower, kBootstrap, "", prepare_byte_perplexity},
    {"bits_per_byte", "negative log-likelihood in bits, over the bytes of the original text",
     "lm-evaluation-harness", kLikelihood, kLower, kBootstrap, "", prepare_bits_per_byte},
    {"token_accuracy", "share of scored tokens that are the likeliest", "greedy decoding",
     kLikelihood, kHigher, kBootstrap, "", prepare_token_accuracy},
    {"exact_match", "share of answers that equal a right text, normalised",
     "Rajpurkar et al. 2016 (SQuAD)", kTexts, kHigher, kWilson, "normaliser=none|strip-lower|squad",
     prepare_exact_match},
    {"squad_em", "share of answers that equal a right text, by SQuAD's rules",
     "Rajpurkar et al. 2018 (SQuAD 2)", kTexts, kHigher, kWilson, "", prepare_squad_em},
    {"squad_f1", "F1 over the words of the answer and the best right text",
     "Rajpurkar et al. 2018 (SQuAD 2)", kTexts, kHigher, kBootstrap, "version=2|1",
     prepare_squad_f1},
    {"token_f1", "squad_f1 of version 2", "Rajpurkar et al. 2018 (SQuAD 2)", kTexts, kHigher,
     kBootstrap, "version=2|1", prepare_squad_f1},
    {"bleu", "matching n-grams of words, with a penalty for brevity, 0 to 100",
     "Papineni et al. 2002, sacreBLEU", kTexts, kHigher, kBootstrap, kBleu, prepare_bleu},
    {"sentence_bleu", "mean of each answer's own BLEU", "sacreBLEU sentence_bleu", kTexts, kHigher,
     kBootstrap, kBleu, prepare_sentence_bleu},
    {"chrf", "F2 of matching n-grams of characters, 0 to 100", "Popovic 2015, sacreBLEU", kTexts,
     kHigher, kBootstrap, kChrf, prepare_chrf},
    {"chrf++", "chrf with words and pairs of words", "Popovic 2017, sacreBLEU", kTexts, kHigher,
     kBootstrap, kChrf, prepare_chrf_plus},
    {"ter", "edits and shifts of words over the reference's length, in percent",
     "Snover et al. 2006, sacreBLEU", kTexts, kLower, kBootstrap,
     "normalized no_punct asian_support case_sensitive", prepare_ter},
    {"rouge1", "matching words of answer and reference", "Lin 2004, rouge-score", kTexts, kHigher,
     kBootstrap, kRouge, prepare_rouge1},
    {"rouge2", "matching pairs of words", "Lin 2004, rouge-score", kTexts, kHigher, kBootstrap,
     kRouge, prepare_rouge2},
    {"rougeL", "longest common subsequence of words", "Lin 2004, rouge-score", kTexts, kHigher,
     kBootstrap, kRouge, prepare_rouge_l},
    {"rougeLsum", "rougeL over the union of lines", "Lin 2004, rouge-score", kTexts, kHigher,
     kBootstrap, kRouge, prepare_rouge_lsum},
    {"meteor", "words matched by form, stem or synonym, with a penalty for disorder",
     "Lavie and Agarwal 2007, NLTK", kTexts, kHigher, kBootstrap,
     "alpha=0.9 beta=3 gamma=0.5 wordnet=FOLDER", prepare_meteor},
    {"wer", "edits of words over the reference's words", "jiwer wer", kTexts, kLower, kBootstrap,
     "", prepare_wer},
    {"cer", "edits of characters over the reference's characters", "jiwer cer", kTexts, kLower,
     kBootstrap, "", prepare_cer},
    {"edit_distance", "mean edits of characters to the nearest right text", "Levenshtein 1966",
     kTexts, kLower, kBootstrap, "", prepare_edit_distance},
    {"distinct", "different n-grams over all n-grams of the answers", "Li et al. 2016", kTexts,
     kHigher, kBootstrap, "n=2", prepare_distinct},
    {"self_bleu", "mean BLEU of each answer against the others; low is varied", "Zhu et al. 2018",
     kTexts, kNeither, kNone, "max_ngram_order=4", prepare_self_bleu},
    {"length", "mean length of an answer", "plain count", kTexts, kNeither, kBootstrap,
     "unit=words|characters|bytes", prepare_length},
    {"squad_best_em", "squad_em at the best threshold for answering nothing",
     "Rajpurkar et al. 2018 (SQuAD 2)", kUnanswerable, kHigher, kBootstrap, "",
     prepare_squad_best_em},
    {"squad_best_f1", "squad_f1 at the best threshold for answering nothing",
     "Rajpurkar et al. 2018 (SQuAD 2)", kUnanswerable, kHigher, kBootstrap, "",
     prepare_squad_best_f1},
    {"number_match", "share of answers whose last number is the right one",
     "Cobbe et al. 2021 (GSM8K)", kTexts, kHigher, kWilson, "", prepare_number_match},
    {"json_valid", "share of answers that are JSON", "RFC 8259", kTexts, kHigher, kWilson, "",
     prepare_json_valid},
    {"json_schema", "share of answers that are JSON and keep a schema",
     "JSON Schema 2020-12 and draft 7", kTexts, kHigher, kWilson, "schema=TEXT",
     prepare_json_schema},
    {"tool_call", "share of answers that call the right tools with the right arguments",
     "equal as JSON", kTexts, kHigher, kWilson, "ordered", prepare_tool_call},
    {"pass_at_k", "chance that one of k samples is right", "Chen et al. 2021", kSamples, kHigher,
     kBootstrap, "k=1", prepare_pass_at_k},
    {"likelihood_accuracy", "share of rows whose label is the likeliest of all labels",
     "Brown et al. 2020", kClasses, kHigher, kWilson, "", prepare_accuracy},
    {"accuracy", "share of right answers", "scikit-learn accuracy_score", kClasses, kHigher,
     kWilson, "", prepare_accuracy},
    {"balanced_accuracy", "mean recall over the classes that occur", "Brodersen et al. 2010",
     kClasses, kHigher, kBootstrap, "", prepare_balanced_accuracy},
    {"precision", "of the answers that name a class, the share that is right",
     "scikit-learn precision_recall_fscore_support", kClasses, kHigher, kBootstrap, kAverages,
     prepare_precision},
    {"recall", "of the rows of a class, the share that is answered with it",
     "scikit-learn precision_recall_fscore_support", kClasses, kHigher, kBootstrap, kAverages,
     prepare_recall},
    {"f1", "harmonic mean of a class's precision and recall", "van Rijsbergen 1979", kClasses,
     kHigher, kBootstrap, kAverages, prepare_f1},
    {"macro_f1", "mean F1 over all classes", "scikit-learn f1_score(average=\"macro\")", kClasses,
     kHigher, kBootstrap, "", prepare_macro_f1},
    {"micro_f1", "F1 of the counts summed over classes", "scikit-learn f1_score(average=\"micro\")",
     kClasses, kHigher, kBootstrap, "", prepare_micro_f1},
    {"weighted_f1", "mean F1 weighted by each class's rows",
     "scikit-learn f1_score(average=\"weighted\")", kClasses, kHigher, kBootstrap, "",
     prepare_weighted_f1},
    {"matthews", "correlation of answer and truth, -1 to 1", "Matthews 1975, Gorodkin 2004",
     kClasses, kHigher, kBootstrap, "", prepare_matthews},
    {"kappa", "agreement beyond chance", "Cohen 1960, 1968", kClasses, kHigher, kBootstrap,
     "weights=none|linear|quadratic", prepare_kappa},
    {"confusion", "rows counted by truth and answer", "scikit-learn confusion_matrix", kClasses,
     kNeither, kNone, "", nullptr},
    {"roc_auc", "share of pairs of rows that the scores order rightly",
     "Hanley and McNeil 1982, Hand and Till 2001", kProbabilities, kHigher, kBootstrap,
     "multi_class=ovr|ovo average=macro|weighted", prepare_roc_auc},
    {"average_precision", "area under the curve of precision over recall, in steps",
     "scikit-learn average_precision_score", kProbabilities, kHigher, kBootstrap,
     "average=macro|weighted", prepare_average_precision},
    {"log_loss", "mean negative logarithm of the right class's probability",
     "scikit-learn log_loss", kProbabilities, kLower, kBootstrap, "", prepare_log_loss},
    {"brier", "mean squared distance of the probabilities from the truth", "Brier 1950",
     kProbabilities, kLower, kBootstrap, "", prepare_brier},
    {"ece", "mean gap of confidence and accuracy over bins of confidence", "Naeini et al. 2015",
     kProbabilities, kLower, kBootstrap, "bins=15", prepare_ece},
    {"mce", "largest gap of confidence and accuracy over bins of confidence", "Naeini et al. 2015",
     kProbabilities, kLower, kBootstrap, "bins=15", prepare_mce},
    {"calibration", "confidence and accuracy of each bin: the reliability diagram",
     "Naeini et al. 2015", kProbabilities, kNeither, kNone, "bins=15", nullptr},
    {"mse", "mean squared error", "scikit-learn mean_squared_error", kNumbers, kLower, kBootstrap,
     "", prepare_mse},
    {"rmse", "root of the mean squared error", "scikit-learn root_mean_squared_error", kNumbers,
     kLower, kBootstrap, "", prepare_rmse},
    {"mae", "mean absolute error", "scikit-learn mean_absolute_error", kNumbers, kLower, kBootstrap,
     "", prepare_mae},
    {"r2", "share of the targets' variance that the values explain", "scikit-learn r2_score",
     kNumbers, kHigher, kBootstrap, "", prepare_r2},
    {"pearson", "linear correlation", "Pearson 1895", kNumbers, kHigher, kBootstrap, "",
     prepare_pearson},
    {"spearman", "correlation of ranks", "Spearman 1904", kNumbers, kHigher, kBootstrap, "",
     prepare_spearman},
    {"kendall", "ordered against disordered pairs, with ties (tau-b)", "Kendall 1945", kNumbers,
     kHigher, kBootstrap, "", prepare_kendall},
});

}  // namespace

std::span<const MetricRow> metrics() { return kMetrics; }

std::string_view input_name(Input input) {
  switch (input) {
    case kClasses:
      return "classes";
    case kProbabilities:
      return "probabilities";
    case kNumbers:
      return "numbers";
    case kTexts:
      return "texts";
    case kLikelihood:
      return "likelihood";
    case kUnanswerable:
      return "unanswerable";
    case kSamples:
      return "samples";
  }
  return "";
}

std::string_view better_name(Better better) {
  if (better == kNeither) return "neither";
  return better == kHigher ? "higher" : "lower";
}

std::string_view interval_name(IntervalKind interval) {
  if (interval == IntervalKind::kNone) return "none";
  return interval == kWilson ? "wilson" : "bootstrap";
}

}  // namespace fettle::metric
