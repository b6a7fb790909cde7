#include "data/augment/child_filter.h"

#include <unordered_set>
#include <utility>

#include "data/match/words.h"

namespace fettle::data {

ChildFilter::ChildFilter(const FilterOptions& options, const Models& models,
                         std::optional<TextClassifier> classifier)
    : options_(options), models_(&models), classifier_(std::move(classifier)) {}

double ChildFilter::similarity(std::string_view parent, std::string_view child) const {
  if (models_->vector) return cosine(models_->vector(parent), models_->vector(child));
  return cosine(hashed_vector(parent), hashed_vector(child));
}

bool ChildFilter::agrees(std::string_view child, std::string_view label) const {
  if (!models_->classify) return classifier_->label_of(child) == label;
  const auto classes = models_->classify(child);
  return !classes.empty() && classes.front().first == label;
}

std::vector<Child> ChildFilter::keep(std::string_view parent, std::string_view label,
                                     std::vector<std::string> made) const {
  std::unordered_set<std::string> told = {normal_text(parent)};
  const bool asked = options_.agreement && !label.empty() && can_classify();
  std::vector<Child> kept;
  for (std::string& text : made) {
    if (!told.insert(normal_text(text)).second) continue;
    Child child{std::move(text), 0, false};
    child.similarity = similarity(parent, child.text);
    if (child.similarity < options_.least_similarity) continue;
    if (asked) {
      child.agrees = agrees(child.text, label);
      if (!child.agrees) continue;
    }
    kept.push_back(std::move(child));
  }
  return kept;
}

}  // namespace fettle::data
