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

void AugmentStage::expand(const Record& record, std::vector<Record>& children) const {
  const auto& parts = config_.parts;
  const bool chosen = record.part.empty() || parts.empty() ||
                      std::find(parts.begin(), parts.end(), record.part) != parts.end();
  const Json* const words = find(record.fields, config_.text_field);
  // Children have no children: their meaning would drift.
  const bool is_child = find(record.notes, "augmented") != nullptr;
  if (!chosen || is_child || words == nullptr || !words->is_string()) return;
  const std::string& parent = words->get_ref<const std::string&>();
  const std::string label = label_of(record.fields);
  if (config_.agreement && !label.empty() && !filter_.can_classify()) {
    throw UsageError(
        "{}: the stage {} should keep labels, and nothing classifies: name "
        "classifier_rows, a model, or agreement: false",
        record.origin.text(), method_);
  }
  std::vector<std::string> made = make(parent, record, record.ordinal << 24);
  for (Child& child : filter_.keep(parent, label, std::move(made))) {
    if (children.size() >= static_cast<std::size_t>(config_.children)) return;
    Record fresh = record;
    fresh.fields[config_.text_field] = std::move(child.text);
    fresh.notes["augmented"] = method_;
    fresh.notes["similarity"] = child.similarity;
    if (child.agrees) fresh.notes["agreement"] = true;
    children.push_back(std::move(fresh));
  }
}

}  // namespace fettle::data
