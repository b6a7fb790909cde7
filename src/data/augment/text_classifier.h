// A small classifier of texts: multinomial naive Bayes over hashed n-grams, with add-one smoothing.
// Manning, Raghavan, Schuetze, Introduction to Information Retrieval, section 13.2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/augment/hashed_vector.h"

namespace fettle::data {

// 256 KiB a label.
class TextClassifier {
 public:
  void learn(std::string_view text, const std::string& label);

  [[nodiscard]] const std::vector<std::string>& labels() const { return labels_; }
  [[nodiscard]] bool knows(std::string_view label) const;

  // The likeliest label; the first learnt among equals, empty when nothing was learnt. Thread-safe.
  [[nodiscard]] std::string label_of(std::string_view text) const;

 private:
  struct Class {
    std::vector<float> counts;
    double total = 0;
    double texts = 0;
  };

  std::vector<std::string> labels_;
  std::vector<Class> classes_;
};

}  // namespace fettle::data
