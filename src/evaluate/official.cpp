#include "evaluate/official.h"

#include <array>

namespace fettle::evaluate {
namespace {

struct Part {
  std::string_view average;
  std::string_view part;
  std::vector<std::pair<std::string_view, std::string_view>> figures;  // task, metric
};

const std::vector<Part>& parts() {
  static const std::vector<Part> kParts = {
      {"glue", "cola", {{"cola", "mcc"}}},
      {"glue", "sst2", {{"sst2", "acc"}}},
      {"glue", "mrpc", {{"mrpc", "acc"}, {"mrpc", "f1"}}},
      {"glue", "stsb", {{"stsb", "pearson"}, {"stsb", "spearman"}}},
      {"glue", "qqp", {{"qqp", "acc"}, {"qqp", "f1"}}},
      {"glue", "mnli", {{"mnli", "acc"}, {"mnli_mismatch", "acc"}}},
      {"glue", "qnli", {{"qnli", "acc"}}},
      {"glue", "rte", {{"rte", "acc"}}},
      {"glue", "wnli", {{"wnli", "acc"}}},
      {"superglue", "boolq", {{"boolq", "acc"}}},
      {"superglue", "cb", {{"cb", "acc"}, {"cb", "macro_f1"}}},
      {"superglue", "copa", {{"copa", "acc"}}},
      {"superglue", "multirc", {{"multirc", "f1"}, {"multirc", "group_em"}}},
      {"superglue", "record", {{"record", "squad_f1"}, {"record", "squad_em"}}},
      {"superglue", "sglue_rte", {{"sglue_rte", "acc"}}},
      {"superglue", "wic", {{"wic", "acc"}}},
      {"superglue", "wsc", {{"wsc", "acc"}}},
  };
  return kParts;
}

const TaskFigure* figure_of(const std::vector<TaskResult>& results, std::string_view task,
                            std::string_view metric) {
  for (const TaskResult& result : results) {
    if (result.task == task) return result.find(std::string(metric), "none");
  }
  return nullptr;
}

}  // namespace

std::vector<Average> official_averages(const std::vector<TaskResult>& results) {
  std::vector<Average> out;
  for (const std::string_view name : {"glue", "superglue"}) {
    Average average;
    average.name = name;
    int there = 0;
    for (const Part& part : parts()) {
      if (part.average != name) continue;
      double sum = 0;
      bool whole = true;
      for (const auto& [task, metric] : part.figures) {
        const TaskFigure* figure = figure_of(results, task, metric);
        whole = whole && figure != nullptr;
        if (figure != nullptr) sum += figure->value;
      }
      if (!whole) {
        average.missing.emplace_back(part.part);
        continue;
      }
      ++there;
      average.value += 100 * sum / static_cast<double>(part.figures.size());
    }
    if (there == 0) continue;
    average.value /= there;
    out.push_back(std::move(average));
  }
  return out;
}

}  // namespace fettle::evaluate
