#include "data/augment/text_classifier.h"

#include <algorithm>
#include <cmath>

namespace fettle::data {

void TextClassifier::learn(std::string_view text, const std::string& label) {
  auto at = std::find(labels_.begin(), labels_.end(), label) - labels_.begin();
  if (at == static_cast<std::ptrdiff_t>(labels_.size())) {
    labels_.push_back(label);
    classes_.push_back({std::vector<float>(kHashedPlaces, 0.0F), 0, 0});
  }
  Class& one = classes_[static_cast<std::size_t>(at)];
  for (const auto& [place, count] : hashed_vector(text)) {
    one.counts[place] += count;
    one.total += static_cast<double>(count);
  }
  ++one.texts;
}

bool TextClassifier::knows(std::string_view label) const {
  return std::find(labels_.begin(), labels_.end(), label) != labels_.end();
}

std::string TextClassifier::label_of(std::string_view text) const {
  const HashedVector vector = hashed_vector(text);
  std::string best;
  double highest = 0;
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    const Class& one = classes_[c];
    const double all = std::log(one.total + kHashedPlaces);
    double score = std::log(one.texts);
    for (const auto& [place, count] : vector) {
      const double learnt = std::log(static_cast<double>(one.counts[place]) + 1);
      score += static_cast<double>(count) * (learnt - all);
    }
    if (c == 0 || score > highest) {
      best = labels_[c];
      highest = score;
    }
  }
  return best;
}

}  // namespace fettle::data
