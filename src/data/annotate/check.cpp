// What project.yaml and the records' columns must fulfil: check_project, column_suggestion.
#include <algorithm>
#include <cmath>
#include <set>

#include "base/format.h"
#include "base/nearest.h"
#include "data/annotate/queue.h"
#include "data/annotate/task.h"

namespace fettle::data {
namespace {

constexpr std::int64_t kMostRatings = 11;

void check_label_names(const ProjectConfig& config, std::vector<std::string>& out) {
  const bool needed =
      config.task == "classification" || config.task == "multi_label" || config.task == "spans";
  const std::size_t least = config.task == "classification" ? 2 : 1;
  if (needed && config.labels.size() < least) {
    out.push_back(text("labels has {} names; the task {} needs at least {}", config.labels.size(),
                       config.task, least));
  }
  if (!needed && !config.labels.empty()) {
    out.push_back(text("labels are given, but the task {} has none; take them away", config.task));
  }
  if (config.labels.size() > kMostLabels) {
    out.push_back(text("labels has {} names; at most {}", config.labels.size(), kMostLabels));
  }
  std::set<std::string> seen;
  for (const std::string& label : config.labels) {
    if (label.empty() || label.size() > 200) {
      out.push_back(
          text("the label \"{}\" has {} bytes; 1 to 200", label.substr(0, 40), label.size()));
    }
    if (!seen.insert(label).second) out.push_back(text("the label \"{}\" stands twice", label));
  }
}

void check_scale(const ProjectConfig& config, std::vector<std::string>& out) {
  const std::int64_t steps = config.scale_max - config.scale_min + 1;
  if (steps < 2 || steps > kMostRatings) {
    out.push_back(text("scale_min {} and scale_max {} make {} ratings; 2 to {}", config.scale_min,
                       config.scale_max, steps, kMostRatings));
  }
  if (!config.scale_words.empty() &&
      static_cast<std::int64_t>(config.scale_words.size()) != steps) {
    out.push_back(text("scale_words has {} words for {} ratings; one for each, or none",
                       config.scale_words.size(), steps));
  }
}

Result<double> probability(const Json& value, const std::string& where) {
  if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() < 0 ||
      value.get<double>() > 1) {
    return problem(
        where, text("the probability {} is no number from 0 to 1", to_text(value).substr(0, 40)));
  }
  return value.get<double>();
}

std::string name_of(const Json& choice) {
  return choice.is_string() ? choice.get<std::string>() : to_text(choice);
}

// The score of choice number i: by its name in an object, by its place in a list.
const Json* score_of(const Json& value, const Json& choice, std::size_t i, std::size_t count) {
  if (value.is_object()) return find(value, name_of(choice));
  return value.is_array() && value.size() == count ? &value[i] : nullptr;
}

Result<std::vector<double>> scores_of(const Json& value, const ProjectConfig& config,
                                      const std::string& where) {
  const std::vector<Json> choices = task_kind(config.task).choices(config);
  std::vector<double> out;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const Json* const score = score_of(value, choices[i], i, choices.size());
    if (score == nullptr) {
      return problem(where, text("\"{}\" has no probability for {}; give one for each of the {} "
                                 "choices",
                                 config.scores_column, name_of(choices[i]), choices.size()));
    }
    const Result<double> p = probability(*score, where);
    if (!p) return tl::unexpected(p.error());
    out.push_back(*p);
  }
  return out;
}

// Null and a key that is not there are the same: this record has no pre-label.
const Json* given(const Json& record, const std::string& column) {
  const Json* const value = column.empty() ? nullptr : find(record, column);
  return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace

std::vector<std::string> check_project(const ProjectConfig& config) {
  std::vector<std::string> out;
  check_label_names(config, out);
  if (config.task == "rating") check_scale(config, out);
  if (config.prediction_column.empty() &&
      !(config.confidence_column.empty() && config.scores_column.empty())) {
    out.emplace_back("confidence_column and scores_column need a prediction_column");
  }
  if (!config.scores_column.empty() && task_kind(config.task).choices(config).empty()) {
    out.push_back(
        text("scores_column is given, but the task {} has no list of choices", config.task));
  }
  if (config.guidelines.find('/') != std::string::npos || config.guidelines == "..") {
    out.push_back(text("guidelines is \"{}\"; a file's name in the project's folder is expected",
                       config.guidelines));
  }
  return out;
}

Result<std::optional<Suggestion>> column_suggestion(const Json& record, const Json& shown,
                                                    const ProjectConfig& config,
                                                    const std::string& where) {
  const Json* const value = given(record, config.prediction_column);
  if (value == nullptr) return std::nullopt;
  Result<Json> checked = task_kind(config.task).check(config, shown, *value);
  if (!checked) {
    return problem(where, text("\"{}\": {}", config.prediction_column, checked.error().message()));
  }
  Suggestion out{std::move(*checked), std::nullopt, {}, "column " + config.prediction_column};
  if (const Json* const confidence = given(record, config.confidence_column)) {
    const Result<double> p = probability(*confidence, where);
    if (!p) return tl::unexpected(p.error());
    out.confidence = *p;
  }
  if (const Json* const scores = given(record, config.scores_column)) {
    Result<std::vector<double>> p = scores_of(*scores, config, where);
    if (!p) return tl::unexpected(p.error());
    out.scores = std::move(*p);
  }
  return out;
}

double suggestion_uncertainty(const ProjectConfig& config, const Suggestion& suggestion) {
  if (!suggestion.scores.empty()) return uncertainty_of(suggestion.scores, config.uncertainty);
  if (!suggestion.confidence) return 1;
  const std::size_t choices =
      std::max<std::size_t>(2, task_kind(config.task).choices(config).size());
  std::vector<double> scores(choices,
                             (1 - *suggestion.confidence) / static_cast<double>(choices - 1));
  scores[0] = *suggestion.confidence;
  return uncertainty_of(scores, config.uncertainty);
}

}  // namespace fettle::data
