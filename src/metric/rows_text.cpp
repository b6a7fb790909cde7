// Metrics over texts that are the mean of one number a row.
#include "metric/rows.h"
#include "metric/text.h"

namespace fettle::metric {
namespace {

template <class Each>
Prepared each_text(const Columns& columns, std::string signature, const Each& each) {
  check_rows("answers and references", columns.answers.size(), columns.references.size());
  std::vector<double> values;
  for (std::size_t i = 0; i < columns.answers.size(); ++i) {
    values.push_back(each(columns.answers[i], columns.references[i]));
  }
  return mean_of(std::move(values), std::move(signature));
}

}  // namespace

Prepared prepare_exact_match(const Columns& columns, Options& options) {
  const std::string name = options.word("normaliser", "none", {"none", "strip-lower", "squad"});
  const Normaliser normaliser = name == "none"    ? Normaliser::kNone
                                : name == "squad" ? Normaliser::kSquad
                                                  : Normaliser::kStripLower;
  return each_text(columns, "norm:" + name,
                   [&](const std::string& answer, const std::vector<std::string>& right) {
                     return exact_match(answer, right, normaliser) ? 1.0 : 0.0;
                   });
}

Prepared prepare_squad_em(const Columns& columns, Options&) {
  return each_text(columns, "norm:squad",
                   [](const std::string& answer, const std::vector<std::string>& right) {
                     return exact_match(answer, right, Normaliser::kSquad) ? 1.0 : 0.0;
                   });
}

Prepared prepare_squad_f1(const Columns& columns, Options& options) {
  const std::string version = options.word("version", "2", {"1", "2"});
  return each_text(columns, text("norm:squad|version:{}", version),
                   [&](const std::string& answer, const std::vector<std::string>& right) {
                     return version == "2" ? token_f1(answer, right) : token_f1_v1(answer, right);
                   });
}

}  // namespace fettle::metric
