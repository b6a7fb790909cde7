// Which made texts are kept: those that still mean what their parent means.
//
// Two measures, both stated in the child's notes: the cosine similarity of the two texts' vectors
// (of the function that was handed in, else of hashed n-grams), and whether a classifier (handed
// in, or trained here on labelled rows) gives the child its parent's label. A child equal to its
// parent or to a sibling after normalisation is a duplicate and dropped.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/augment/text_classifier.h"
#include "data/stage.h"

namespace fettle::data {

struct FilterOptions {
  double least_similarity = 0.5;
  bool agreement = true;  // ask the classifier; only of rows with a label
};

struct Child {
  std::string text;
  double similarity = 0;
  bool agrees = false;  // false where no classifier was asked
};

// A text, its label (empty where it has none) and what was made of it.
struct Family {
  std::string_view parent;
  std::string_view label;
  std::vector<std::string> made;
};

class ChildFilter {
 public:
  // `models` outlives the filter; `classifier` may be empty.
  ChildFilter(const FilterOptions& options, const Models& models,
              std::optional<TextClassifier> classifier);

  // The children of each family that are kept, in order; the models are asked about all at once.
  // Thread-safe.
  [[nodiscard]] std::vector<std::vector<Child>> keep(std::vector<Family> families) const;

  [[nodiscard]] bool can_classify() const {
    return classifier_.has_value() || static_cast<bool>(models_->classify);
  }

 private:
  struct Made;  // a child on its way through the filter

  void measure(const std::vector<Family>& families, std::vector<Made>& made) const;
  void classify(const std::vector<Family>& families, std::vector<Made>& made) const;

  FilterOptions options_;
  const Models* models_;
  std::optional<TextClassifier> classifier_;
};

}  // namespace fettle::data
