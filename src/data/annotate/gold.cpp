#include "data/annotate/gold.h"

#include <map>
#include <utility>
#include <vector>

namespace fettle::data {
namespace {

Json answer_from(const std::string& value) { return *parse_json(value, "an answer"); }

double share_of(const Json& gold, const RowState& state) {
  const std::string value = to_text(gold);
  double same = 0;
  for (const auto& said : state.said) same += said.value == value ? 1 : 0;
  return state.answers() == 0 ? 0 : same / static_cast<double>(state.answers());
}

Json annotations_of(const std::vector<StoredAnswer>& answers,
                    const std::map<std::int64_t, std::string>& names) {
  Json out = Json::array();
  for (const StoredAnswer& answer : answers) {
    out.push_back({{"annotator", names.at(answer.annotator)},
                   {"value", answer.value ? *answer.value : Json(nullptr)},
                   {"at", answer.at}});
  }
  return out;
}

}  // namespace

std::optional<Gold> gold_of(const ProjectConfig& config, const RowState& state) {
  std::vector<Json> values;
  for (const auto& said : state.said) {
    if (said.value) values.push_back(answer_from(*said.value));
  }
  Gold out;
  if (state.adjudicated) {
    out = {answer_from(*state.adjudicated), "adjudicated", 1};
  } else if (values.empty() || state.adjudication_skipped) {
    return std::nullopt;
  } else {
    auto most = task_kind(config.task).majority(config, values);
    if (!most) return std::nullopt;
    out = {std::move(*most), values.size() == 1 ? "single" : "majority", 1};
  }
  out.agreement = share_of(out.value, state);
  return out;
}

ExportReport export_rows(Project& project, const std::function<void(const Json&)>& sink) {
  ExportReport report;
  std::map<std::int64_t, std::string> names;
  for (const Annotator& annotator : project.store().annotators()) {
    names.emplace(annotator.id, annotator.name);
  }
  for (std::size_t row = 0; row < project.states().size(); ++row) {
    const RowState& state = project.states()[row];
    const auto gold = gold_of(project.config(), state);
    if (!gold) {
      ++(state.answers() == 0 ? report.unanswered : report.open);
      continue;
    }
    if (project.config().task == "preference" && gold->value == "tie") {
      ++report.ties;
      continue;
    }
    const auto number = static_cast<std::int64_t>(row);
    const StoredRow stored = project.store().row(number);
    Json out = Json::object();
    project.kind().write(project.config(), stored.item, gold->value, out);
    out["origin"] = stored.origin;
    out["gold_by"] = gold->by;
    out["agreement"] = gold->agreement;
    out["annotations"] = annotations_of(project.store().answers_of(number), names);
    out["record"] = stored.rest;
    sink(out);
    ++report.rows;
    ++(gold->by == "adjudicated" ? report.adjudicated
       : gold->by == "majority"  ? report.majority
                                 : report.single);
  }
  return report;
}

}  // namespace fettle::data
