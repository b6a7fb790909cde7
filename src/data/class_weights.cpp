#include "data/class_weights.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "base/error.h"
#include "base/nearest.h"

namespace fettle::data {
namespace {

std::optional<double> weight_of(std::string_view digits) {
  double value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  // The loss is a float's work: what it cannot hold is no weight.
  const bool fits = static_cast<float>(value) > 0 && std::isfinite(static_cast<float>(value));
  return whole && fits ? std::optional(value) : std::nullopt;
}

using Weights = std::vector<std::pair<std::string, double>>;

Weights automatic_weights(const Dataset& train) {
  std::unordered_map<std::string, std::uint64_t> rows;
  for (const Row& row : train.rows) ++rows[row.label];
  std::vector<std::uint64_t> counts;
  for (const std::string& label : train.labels) counts.push_back(rows[label]);
  const std::vector<double> weights = balanced_weights(counts);
  Weights out;
  for (std::size_t i = 0; i < weights.size(); ++i) out.emplace_back(train.labels[i], weights[i]);
  return out;
}

Weights given_weights(const ClassWeights& weights, const Dataset& train) {
  Weights out;
  for (const std::string& label : train.labels) out.emplace_back(label, 1.0);
  const std::vector<std::string_view> known(train.labels.begin(), train.labels.end());
  for (const auto& [label, weight] : weights.given) {
    const auto at = std::find(known.begin(), known.end(), label);
    if (at == known.end()) {
      throw UsageError("class_weights: {}", unknown_name("label", label, known));
    }
    out[static_cast<std::size_t>(at - known.begin())].second = weight;
  }
  return out;
}

}  // namespace

std::vector<double> balanced_weights(std::span<const std::uint64_t> counts) {
  const auto rows = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  const auto present = std::count_if(counts.begin(), counts.end(), [](auto n) { return n > 0; });
  std::vector<double> weights;
  for (const std::uint64_t count : counts) {
    const double product = static_cast<double>(present) * static_cast<double>(count);
    weights.push_back(count == 0 ? 0 : static_cast<double>(rows) / product);
  }
  return weights;
}

Result<ClassWeights> parse_class_weights(const std::vector<std::string>& entries) {
  ClassWeights out;
  if (entries.size() == 1 && entries[0] == "auto") {
    out.automatic = true;
    return out;
  }
  for (const std::string& entry : entries) {
    const std::size_t equals = entry.rfind('=');
    const std::optional<double> weight =
        equals == std::string::npos || equals == 0
            ? std::nullopt
            : weight_of(std::string_view(entry).substr(equals + 1));
    if (!weight) {
      return problem("class_weights",
                     text("class_weights holds \"{}\"; say auto, or label: weight with a weight "
                          "above 0 (leave rows out that should weigh nothing)",
                          entry.substr(0, 80)));
    }
    std::string label = entry.substr(0, equals);
    for (const auto& [other, unused] : out.given) {
      if (other == label) {
        return problem("class_weights", text("class_weights names \"{}\" twice", label));
      }
    }
    out.given.emplace_back(std::move(label), *weight);
  }
  return out;
}

std::vector<std::pair<std::string, double>> weigh_rows(const std::vector<std::string>& entries,
                                                       Dataset& train) {
  if (entries.empty()) return {};
  const Result<ClassWeights> weights = parse_class_weights(entries);
  if (!weights) throw UsageError("{}", weights.error().what);
  if (train.labels.empty()) {
    throw UsageError("class_weights needs rows with labels (text, label), and {} has none",
                     train.name);
  }
  Weights out = weights->automatic ? automatic_weights(train) : given_weights(*weights, train);
  std::unordered_map<std::string_view, double> weight_by;
  for (const auto& [label, weight] : out) weight_by[label] = weight;
  for (Row& row : train.rows) {
    if (!row.label.empty()) row.weight *= weight_by.at(row.label);
  }
  return out;
}

Result<double> read_weight(const Json& record, const std::string& key, const Origin& origin) {
  const Json* const value = find(record, key);
  std::optional<double> weight;
  if (value != nullptr && value->is_number()) weight = weight_of(to_text(*value));
  if (value != nullptr && value->is_string()) {
    weight = weight_of(value->get_ref<const std::string&>());
  }
  if (weight) return *weight;
  return problem(origin.text(), value == nullptr
                                    ? text("lacks the weight \"{}\" that weight_column names", key)
                                    : text("\"{}\" is {}; a weight is a number above 0", key,
                                           to_text(*value).substr(0, 80)));
}

}  // namespace fettle::data
