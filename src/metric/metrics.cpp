#include "metric/metrics.h"

#include <array>

namespace fettle::metric {
namespace {

constexpr std::array<MetricRow, 17> kMetrics = {{
    {"loss", "mean negative log-likelihood of the scored tokens, in nats", "cross-entropy"},
    {"perplexity", "exp of the mean negative log-likelihood a token", "Jelinek et al. 1977"},
    {"bits_per_byte", "negative log-likelihood in bits, over the bytes of the original text",
     "lm-evaluation-harness"},
    {"exact_match", "share of answers that equal a right text, normalised",
     "Rajpurkar et al. 2016 (SQuAD)"},
    {"token_f1", "F1 over the words of the answer and the best right text",
     "Rajpurkar et al. 2018 (SQuAD 2)"},
    {"likelihood_accuracy", "share of rows whose label is the likeliest of all labels",
     "Brown et al. 2020"},
    {"accuracy", "share of right answers", "scikit-learn accuracy_score"},
    {"balanced_accuracy", "mean recall over the classes that occur", "Brodersen et al. 2010"},
    {"precision", "of the answers that name a class, the share that is right",
     "scikit-learn precision_recall_fscore_support"},
    {"recall", "of the rows of a class, the share that is answered with it",
     "scikit-learn precision_recall_fscore_support"},
    {"f1", "harmonic mean of a class's precision and recall", "van Rijsbergen 1979"},
    {"macro_f1", "mean F1 over all classes", "scikit-learn f1_score(average=\"macro\")"},
    {"micro_f1", "F1 of the counts summed over classes",
     "scikit-learn f1_score(average=\"micro\")"},
    {"weighted_f1", "mean F1 weighted by each class's rows",
     "scikit-learn f1_score(average=\"weighted\")"},
    {"matthews", "correlation of answer and truth, -1 to 1", "Matthews 1975, Gorodkin 2004"},
    {"confusion", "rows counted by truth and answer", "scikit-learn confusion_matrix"},
    {"interval", "95% interval: Wilson's for shares, percentile bootstrap for other figures",
     "Wilson 1927, Efron 1979"},
}};

}  // namespace

std::span<const MetricRow> metrics() { return kMetrics; }

}  // namespace fettle::metric
