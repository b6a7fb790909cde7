#include "data/augment/child_filter.h"

#include <unordered_set>
#include <utility>

#include "data/match/words.h"

namespace fettle::data {

ChildFilter::ChildFilter(const FilterOptions& options, const Models& models,
                         std::optional<TextClassifier> classifier)
    : options_(options), models_(&models), classifier_(std::move(classifier)) {}

struct ChildFilter::Made {
  std::size_t family = 0;
  Child child;
};

// Sets the similarity of each.
void ChildFilter::measure(const std::vector<Family>& families, std::vector<Made>& made) const {
  if (made.empty()) return;
  if (!models_->vectors) {
    for (Made& one : made) {
      one.child.similarity =
          cosine(hashed_vector(families[one.family].parent), hashed_vector(one.child.text));
    }
    return;
  }
  std::vector<std::string> texts;
  for (const Made& one : made) texts.push_back(one.child.text);
  for (const Family& family : families) texts.emplace_back(family.parent);
  const auto vectors = models_->vectors(texts);
  for (std::size_t i = 0; i < made.size(); ++i) {
    made[i].child.similarity =
        models_->counting ? 1 : cosine(vectors[made.size() + made[i].family], vectors[i]);
  }
}

// Leaves those that are given their parent's label, where it has one.
void ChildFilter::classify(const std::vector<Family>& families, std::vector<Made>& made) const {
  std::vector<std::string> texts;
  std::vector<Made*> asked;
  for (Made& one : made) {
    if (families[one.family].label.empty()) continue;
    texts.push_back(one.child.text);
    asked.push_back(&one);
  }
  if (asked.empty()) return;
  const auto classes = models_->classify ? models_->classify(texts) : std::vector<Classes>();
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const std::string_view label = families[asked[i]->family].label;
    if (models_->classify) {
      asked[i]->child.agrees = models_->counting || classes[i].front().first == label;
    } else {
      asked[i]->child.agrees = classifier_->label_of(texts[i]) == label;
    }
  }
  std::erase_if(made, [&](const Made& one) {
    return !one.child.agrees && !families[one.family].label.empty();
  });
}

std::vector<std::vector<Child>> ChildFilter::keep(std::vector<Family> families) const {
  std::vector<Made> made;
  for (std::size_t i = 0; i < families.size(); ++i) {
    std::unordered_set<std::string> told = {normal_text(families[i].parent)};
    for (std::string& text : families[i].made) {
      if (told.insert(normal_text(text)).second) made.push_back({i, {std::move(text), 0, false}});
    }
  }
  measure(families, made);
  std::erase_if(made,
                [&](const Made& one) { return one.child.similarity < options_.least_similarity; });
  if (options_.agreement && can_classify()) classify(families, made);
  std::vector<std::vector<Child>> kept(families.size());
  for (Made& one : made) kept[one.family].push_back(std::move(one.child));
  return kept;
}

}  // namespace fettle::data
