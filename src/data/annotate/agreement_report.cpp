#include "data/annotate/agreement_report.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "data/annotate/agreement.h"
#include "data/annotate/span_agreement.h"

namespace fettle::data {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

// Answers as numbers: ratings as they are, others by the order of their first appearance.
struct Answers {
  std::vector<Annotator> annotators;
  std::map<std::int64_t, std::size_t> place;  // of an annotator's id
  std::vector<const RowState*> rows;          // with two answers or more
  std::map<std::string, int> codes;
};

int code_of(const ProjectConfig& config, std::map<std::string, int>& codes,
            const std::string& value) {
  if (config.task == "rating") return static_cast<int>(std::stoll(value) - config.scale_min);
  return codes.emplace(value, static_cast<int>(codes.size())).first->second;
}

std::size_t classes_of(const ProjectConfig& config, const Answers& answers) {
  return config.task == "rating" ? static_cast<std::size_t>(config.scale_max - config.scale_min + 1)
                                 : answers.codes.size();
}

Answers gather(Project& project) {
  Answers out;
  out.annotators = project.store().annotators();
  for (std::size_t i = 0; i < out.annotators.size(); ++i) out.place[out.annotators[i].id] = i;
  for (const RowState& state : project.states()) {
    if (state.answers() < 2) continue;
    out.rows.push_back(&state);
    for (const auto& said : state.said) {
      if (said.value) static_cast<void>(code_of(project.config(), out.codes, *said.value));
    }
  }
  return out;
}

// [annotators][rows] of what value_of makes of an answer; NaN where there is none.
template <class ValueOf>
std::vector<double> matrix(const Answers& answers, const ValueOf& value_of) {
  const std::size_t rows = answers.rows.size();
  std::vector<double> out(answers.annotators.size() * rows, kMissing);
  for (std::size_t row = 0; row < rows; ++row) {
    for (const auto& said : answers.rows[row]->said) {
      if (said.value) out[answers.place.at(said.annotator) * rows + row] = value_of(*said.value);
    }
  }
  return out;
}

Json fleiss_of(const ProjectConfig& config, Answers& answers) {
  std::map<std::size_t, std::size_t> sizes;
  for (const RowState* const state : answers.rows) ++sizes[state->answers()];
  std::size_t size = 0;
  for (const auto& [answered, rows] : sizes) {
    if (size == 0 || rows > sizes[size]) size = answered;
  }
  const std::size_t classes = classes_of(config, answers);
  std::vector<std::int64_t> counts;
  for (const RowState* const state : answers.rows) {
    if (state->answers() != size) continue;
    const std::size_t first = counts.size();
    counts.resize(first + classes, 0);
    for (const auto& said : state->said) {
      if (!said.value) continue;
      ++counts[first + static_cast<std::size_t>(code_of(config, answers.codes, *said.value))];
    }
  }
  return {{"kappa", number(fleiss_kappa(counts, classes))},
          {"rows", classes == 0 ? 0 : counts.size() / classes},
          {"annotators", size}};
}

struct Both {
  std::vector<int> a;
  std::vector<int> b;
  std::vector<std::pair<const std::string*, const std::string*>> values;
};

const std::string* value_by(const RowState& state, std::int64_t annotator) {
  for (const auto& said : state.said) {
    if (said.annotator == annotator && said.value) return &*said.value;
  }
  return nullptr;
}

Json pair_of(const ProjectConfig& config, Answers& answers, const Annotator& a,
             const Annotator& b) {
  Both both;
  std::int64_t same = 0;
  for (const RowState* const state : answers.rows) {
    const std::string* const first = value_by(*state, a.id);
    const std::string* const second = value_by(*state, b.id);
    if (first == nullptr || second == nullptr) continue;
    same += *first == *second ? 1 : 0;
    both.a.push_back(code_of(config, answers.codes, *first));
    both.b.push_back(code_of(config, answers.codes, *second));
    both.values.emplace_back(first, second);
  }
  if (both.a.empty()) return nullptr;
  const Weights weights = config.task == "rating" ? Weights::kQuadratic : Weights::kNone;
  const double kappa = config.task == "writing"
                           ? kMissing
                           : cohen_kappa(both.a, both.b, classes_of(config, answers), weights);
  Json out = {{"a", a.name},
              {"b", b.name},
              {"rows", both.a.size()},
              {"same", same},
              {"kappa", number(kappa)}};
  if (config.task == "spans") out["f1"] = number(span_f1(both.values));
  return out;
}

Json label_alphas(const ProjectConfig& config, const Answers& answers) {
  Json out = Json::array();
  for (const std::string& label : config.labels) {
    const auto has = [&](const std::string& value) {
      const Json labels = *parse_json(value, "an answer");
      return std::find(labels.begin(), labels.end(), Json(label)) != labels.end() ? 1.0 : 0.0;
    };
    const auto values = matrix(answers, has);
    out.push_back(
        {{"label", label},
         {"alpha", number(krippendorff_alpha(values, answers.rows.size(), Level::kNominal))}});
  }
  return out;
}

}  // namespace

Json agreement_report(Project& project) {
  const ProjectConfig& config = project.config();
  Answers answers = gather(project);
  const std::size_t rows = answers.rows.size();
  const bool rating = config.task == "rating";
  const auto code = [&](const std::string& value) {
    return static_cast<double>(code_of(config, answers.codes, value));
  };
  Json out = {{"rows", rows}, {"level", rating ? "ordinal" : "nominal"}, {"alpha", nullptr}};
  if (config.task == "spans") {
    out["alpha"] = number(character_alpha(answers.rows));
  } else if (config.task != "writing") {
    const auto values = matrix(answers, code);
    out["alpha"] =
        number(krippendorff_alpha(values, rows, rating ? Level::kOrdinal : Level::kNominal));
    if (rating) out["alpha_interval"] = number(krippendorff_alpha(values, rows, Level::kInterval));
    out["fleiss"] = fleiss_of(config, answers);
  }
  if (config.task == "multi_label") out["labels"] = label_alphas(config, answers);
  out["pairs"] = Json::array();
  for (std::size_t i = 0; i < answers.annotators.size(); ++i) {
    for (std::size_t j = i + 1; j < answers.annotators.size(); ++j) {
      Json pair = pair_of(config, answers, answers.annotators[i], answers.annotators[j]);
      if (!pair.is_null()) out["pairs"].push_back(std::move(pair));
    }
  }
  return out;
}

}  // namespace fettle::data
