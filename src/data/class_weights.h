// What rows weigh in the loss, by their class.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "data/row.h"

namespace fettle::data {

// Weights of the classes, rows / (classes * count), as scikit-learn's "balanced". A class without
// rows has weight 0 and is not counted.
[[nodiscard]] std::vector<double> balanced_weights(std::span<const std::uint64_t> counts);

struct ClassWeights {
  bool automatic = false;
  std::vector<std::pair<std::string, double>> given;
};

// Nothing, "auto" alone, or "label=weight" entries (the last "=" parts them). A Problem for
// anything else: a weight that is no number above 0, a label twice.
[[nodiscard]] Result<ClassWeights> parse_class_weights(const std::vector<std::string>& entries);

// Multiplies each row's weight by that of its class and returns every class's, in the order of
// train.labels; a class that the entries do not name weighs 1. Throws UsageError for entries that
// parse_class_weights() refuses, a label that is not among the classes, or rows without classes.
std::vector<std::pair<std::string, double>> weigh_rows(const std::vector<std::string>& entries,
                                                       Dataset& train);

// The row's own weight: a number above 0 at `key`, or the text of one.
[[nodiscard]] Result<double> read_weight(const Json& record, const std::string& key,
                                         const Origin& origin);

}  // namespace fettle::data
