#include "data/augment/augment_stage.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "data/source.h"

namespace fettle::data {
namespace {

std::optional<TextClassifier> learn(const AugmentConfig& config) {
  if (!config.agreement || config.classifier_rows.empty()) return std::nullopt;
  TextClassifier classifier;
  read_records(config.classifier_rows, DataConfig{}, [&](Result<Json> record, const Origin&) {
    if (!record) throw DataError("{}", record.error().message());
    const std::string label = label_of(*record);
    const Json* const words = find(*record, config.text_field);
    if (label.empty() || words == nullptr || !words->is_string()) return;
    classifier.learn(words->get_ref<const std::string&>(), label);
  });
  if (classifier.labels().size() < 2) {
    throw DataError("{}: has {} labels with a field {}; a classifier needs at least 2",
                    config.classifier_rows, classifier.labels().size(), config.text_field);
  }
  return classifier;
}

}  // namespace

AugmentStage::AugmentStage(std::string method, const AugmentConfig& config, const Bench& bench)
    : method_(std::move(method)),
      config_(config),
      filter_({config.least_similarity, config.agreement}, *bench.models, learn(config)),
      random_(bench.seed, "augment " + method_) {}

// Null for a record that gets no children.
const std::string* AugmentStage::text_to_change(const Record& record) const {
  const auto& parts = config_.parts;
  const bool chosen = record.part.empty() || parts.empty() ||
                      std::find(parts.begin(), parts.end(), record.part) != parts.end();
  const Json* const words = find(record.fields, config_.text_field);
  // Children have no children: their meaning would drift.
  const bool is_child = find(record.notes, "augmented") != nullptr;
  if (!chosen || is_child || words == nullptr || !words->is_string()) return nullptr;
  if (config_.agreement && !label_of(record.fields).empty() && !filter_.can_classify()) {
    throw UsageError(
        "{}: the stage {} should keep labels, and nothing classifies: name classifier_rows, "
        "labels of models.local, or agreement: false",
        record.origin.text(), method_);
  }
  return &words->get_ref<const std::string&>();
}

void AugmentStage::expand(const Record& record, std::vector<Record>& children) const {
  expand_all({&record, 1},
             [&](std::size_t, std::vector<Record> made) { children = std::move(made); });
}

void AugmentStage::expand_all(
    std::span<const Record> records,
    const std::function<void(std::size_t, std::vector<Record>)>& tell) const {
  std::vector<Parent> parents;
  std::vector<std::string> labels;
  for (const Record& record : records) {
    const std::string* const words = text_to_change(record);
    if (words == nullptr) continue;
    parents.push_back({record, *words, record.ordinal << 24});
    labels.push_back(label_of(record.fields));
  }
  if (parents.empty()) return;
  std::vector<std::vector<std::string>> made = make_all(parents);
  std::vector<Family> families;
  for (std::size_t i = 0; i < parents.size(); ++i) {
    families.push_back({parents[i].text, labels[i], std::move(made[i])});
  }
  auto kept = filter_.keep(std::move(families));
  for (std::size_t i = 0; i < parents.size(); ++i) {
    if (kept[i].empty()) continue;
    std::vector<Record> children;
    for (Child& child : kept[i]) {
      if (children.size() >= static_cast<std::size_t>(config_.children)) break;
      Record fresh = parents[i].record;
      fresh.fields[config_.text_field] = std::move(child.text);
      fresh.notes["augmented"] = method_;
      fresh.notes["similarity"] = child.similarity;
      if (child.agrees) fresh.notes["agreement"] = true;
      children.push_back(std::move(fresh));
    }
    tell(static_cast<std::size_t>(&parents[i].record - records.data()), std::move(children));
  }
}

}  // namespace fettle::data
