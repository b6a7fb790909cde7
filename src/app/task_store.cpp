#include "app/task_store.h"

#include <cerrno>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "data/text_file.h"
#include "evaluate/service.h"

namespace fettle::app {
namespace {

evaluate::SavedRows read_rows(const fs::path& path) {
  evaluate::SavedRows out;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return out;
  data::Lines lines(path);
  std::string line;
  while (lines.next(line)) {
    // A torn last line, or a line of another program, is a row that is asked again.
    const Result<Json> json = parse_json(line, "");
    if (!json) continue;
    if (auto row = evaluate::row_of(*json)) {
      const std::string hash = row->hash;
      out.insert_or_assign(hash, std::move(*row));
    }
  }
  return out;
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json interval_json(const evaluate::TaskFigure& figure) {
  if (!figure.interval) return nullptr;
  return {number_or_null(figure.interval->low), number_or_null(figure.interval->high)};
}

Json figures_json(const std::vector<evaluate::TaskFigure>& figures) {
  Json out = Json::array();
  for (const evaluate::TaskFigure& figure : figures) {
    Json item = {{"metric", figure.metric},
                 {"filter", figure.filter},
                 {"value", number_or_null(figure.value)},
                 {"interval", interval_json(figure)},
                 {"n", figure.rows},
                 {"higher_is_better", figure.higher_is_better},
                 {"signature", figure.signature}};
    if (figure.standard_error) item["standard_error"] = number_or_null(*figure.standard_error);
    if (figure.clusters > 0) item["clusters"] = figure.clusters;
    out.push_back(std::move(item));
  }
  return out;
}

// The task in the keys of a task's file, as far as figures depend on it.
Json definition_json(const evaluate::TaskFile& task) {
  Json metrics = Json::array();
  for (const evaluate::TaskMetric& metric : task.metrics) {
    Json item = metric.options;
    item["metric"] = metric.name;
    if (metric.kind != evaluate::MetricKind::kTable) {
      item["higher_is_better"] = metric.higher_is_better;
    }
    metrics.push_back(item);
  }
  Json filters = Json::array();
  for (const evaluate::TaskFilter& filter : task.filters) {
    filters.push_back({{"name", filter.name}, {"filter", filter.steps}});
  }
  return {{"task", task.name},
          {"group", task.group},
          {"help", task.help},
          {"dataset_path", task.dataset_path},
          {"dataset_name", task.dataset_name},
          {"output_type", std::string(evaluate::kind_name(task.kind))},
          {"test_split", task.judged_split()},
          {"num_fewshot", task.num_fewshot},
          {"doc_to_text", task.doc_to_text},
          {"doc_to_target", task.doc_to_target},
          {"doc_to_choice", task.doc_to_choice},
          {"slices", task.slices},
          {"cluster", task.clusters},
          {"metric_list", metrics},
          {"filter_list", filters}};
}

}  // namespace

TaskStore::TaskStore(const fs::path& folder, const evaluate::TaskFile& task)
    : folder_(folder), task_(task) {
  if (folder.empty()) return;
  make_folders(folder);
  const fs::path path = folder / (task.name + ".samples.jsonl");
  saved_ = read_rows(path);
  std::erase_if(saved_, [&](const auto& row) { return !evaluate::is_whole(task, row.second); });
  file_.reset(std::fopen(path.c_str(), "ab"));
  if (!file_) throw IoError("{}: cannot be written: {}", path, std::strerror(errno));
  // A line that a kill tore ends here.
  if (!saved_.empty()) (void)std::fputc('\n', file_.get());
}

void TaskStore::add(const evaluate::TaskRow& row) {
  if (!file_) return;
  const std::string line = to_text(evaluate::row_json(task_, row)) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() ||
      std::fflush(file_.get()) != 0) {
    throw IoError("{}: the rows of {} cannot be written: {}", folder_, task_.name,
                  std::strerror(errno));
  }
}

void TaskStore::finish(const evaluate::TaskResult& result) {
  if (!file_) return;
  file_.reset();
  std::string lines;
  for (const evaluate::TaskRow& row : result.rows) {
    lines += to_text(evaluate::row_json(task_, row)) + "\n";
  }
  write_file_atomically(folder_ / (task_.name + ".samples.jsonl"), lines);
  write_file_atomically(folder_ / (task_.name + ".json"),
                        to_text(result_json(task_, result), 2) + "\n");
}

Json result_json(const evaluate::TaskFile& task, const evaluate::TaskResult& result) {
  Json contamination = nullptr;
  if (result.contamination) {
    const evaluate::Contamination& found = *result.contamination;
    contamination = {{"source", found.source},
                     {"tuning_rows", found.tuning_rows},
                     {"contaminated", found.contaminated},
                     {"clean", static_cast<std::int64_t>(result.rows.size()) - found.contaminated},
                     {"figures_of_clean", figures_json(found.figures)}};
  }
  return {{"task", result.task},
          {"group", result.group},
          {"version", result.version},
          {"kind", result.kind},
          {"num_fewshot", result.shots},
          {"fewshot_seed", result.shot_seed},
          {"prompt", result.prompt},
          {"slices", result.slices},
          {"seconds", result.seconds},
          {"service", result.service ? evaluate::to_json(*result.service) : Json(nullptr)},
          {"definition", definition_json(task)},
          {"contamination", contamination},
          {"figures", figures_json(result.figures)}};
}

std::vector<evaluate::TaskResult> read_results(const fs::path& folder,
                                               std::vector<evaluate::TaskFile>& tasks) {
  const Json all = read_json_file(folder / "results.json");
  const Json* list = find(all, "fettle");
  if (list == nullptr || !list->is_array()) {
    throw DataError("{}: was not written by fettle evaluate --tasks", folder / "results.json");
  }
  std::vector<evaluate::TaskResult> out;
  for (const Json& json : *list) {
    const Json* definition = find(json, "definition");
    if (definition == nullptr) throw DataError("{}: has no definition", folder / "results.json");
    evaluate::TaskFile task = evaluate::read_task(*definition, (folder / "results.json").string());
    evaluate::TaskResult result;
    result.task = task.name;
    result.group = task.group;
    result.slices = task.slices;
    if (const Json* service = find(json, "service")) {
      result.service = evaluate::service_from(*service);
    }
    result.shots = task.num_fewshot;
    const fs::path path = folder / (task.name + ".samples.jsonl");
    data::Lines lines(path);
    std::string line;
    while (lines.next(line)) {
      const Result<Json> row = parse_json(line, text("{}:{}", path, lines.number()));
      if (!row) throw DataError("{}", row.error().message());
      auto read = evaluate::row_of(*row);
      if (!read || !evaluate::is_whole(task, *read))
        throw DataError("{}:{}: is no row of a task", path, lines.number());
      result.rows.push_back(std::move(*read));
    }
    if (result.rows.empty()) throw DataError("{}: has no rows", path);
    result.figures = evaluate::figures_of(task, result.rows, {});
    out.push_back(std::move(result));
    tasks.push_back(std::move(task));
  }
  return out;
}

Json harness_json(const std::vector<evaluate::TaskResult>& results, const std::string& model) {
  Json figures = Json::object();
  Json shots = Json::object();
  Json samples = Json::object();
  Json better = Json::object();
  Json versions = Json::object();
  for (const evaluate::TaskResult& result : results) {
    Json& of_task = figures[result.task] = {{"alias", result.task}};
    for (const evaluate::TaskFigure& figure : result.figures) {
      of_task[figure.metric + "," + figure.filter] = number_or_null(figure.value);
      // The words of lm-evaluation-harness for a figure that is no mean of rows.
      of_task[figure.metric + "_stderr," + figure.filter] =
          figure.standard_error ? number_or_null(*figure.standard_error) : Json("N/A");
      better[result.task][figure.metric] = figure.higher_is_better;
    }
    shots[result.task] = result.shots;
    const auto rows = static_cast<std::int64_t>(result.rows.size());
    samples[result.task] = {{"original", rows}, {"effective", rows}};
    versions[result.task] = result.version;
  }
  return {{"results", figures},   {"versions", versions},
          {"n-shot", shots},      {"higher_is_better", better},
          {"n-samples", samples}, {"config", {{"model", "fettle"}, {"model_args", model}}},
          {"model_name", model},  {"model_source", "fettle"}};
}

}  // namespace fettle::app
