#include "evaluate/compare_report.h"

#include <cmath>

#include "base/format.h"
#include "evaluate/report.h"
#include "evaluate/service.h"

namespace fettle::evaluate {
namespace {

std::string figure_name(const std::string& metric, const std::string& filter) {
  return filter == "none" ? metric : metric + "," + filter;
}

std::string quoted(const std::string& value) {
  if (value.find_first_of(",\"\n\r") == value.npos) return value;
  std::string out = "\"";
  for (const char c : value) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

// A cell of a Markdown table.
std::string cell(const std::string& value) {
  std::string out;
  for (const char c : value) {
    if (c == '|') out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

Json slices_json(const std::vector<Slice>& slices) {
  Json out = Json::array();
  for (const Slice& slice : slices) {
    out.push_back({{"column", slice.column},
                   {"value", slice.value},
                   {"n", slice.rows},
                   {"first", number_or_null(slice.first)},
                   {"second", number_or_null(slice.second)},
                   {"difference", number_or_null(slice.second - slice.first)}});
  }
  return out;
}

Json flips_json(const std::vector<Flip>& flips) {
  Json out = Json::array();
  for (const Flip& flip : flips) {
    out.push_back({{"row", flip.row},
                   {"gained", flip.gained},
                   {"prompt", flip.prompt},
                   {"right", flip.right},
                   {"first", flip.first},
                   {"second", flip.second}});
  }
  return out;
}

Json judge_json(const std::optional<JudgeNotes>& judge) {
  if (!judge) return nullptr;
  Json people = nullptr;
  if (judge->people) {
    people = {{"n", judge->people->rows},
              {"share", number_or_null(judge->people->share)},
              {"interval",
               {number_or_null(judge->people->interval.low),
                number_or_null(judge->people->interval.high)}},
              {"kappa", number_or_null(judge->people->kappa)}};
  }
  return {{"by", judge->by},
          {"consistent", number_or_null(judge->pairs.consistent)},
          {"first_place", number_or_null(judge->pairs.first_place)},
          {"unclear", judge->pairs.unclear},
          {"people", people}};
}

template <class Each>
void for_each_figure(const ReportInput& input, const Each& each) {
  for (const TaskFile& task : input.tasks) {
    for (const Competitor& competitor : input.competitors) {
      for (const TaskResult& result : competitor.results) {
        if (result.task != task.name) continue;
        for (const TaskFigure& figure : result.figures) each(task, competitor, figure);
      }
    }
  }
}

template <class Each>
void for_each_service(const ReportInput& input, const Each& each) {
  for (const Competitor& competitor : input.competitors) {
    for (const TaskResult& result : competitor.results) {
      if (result.service) each(competitor, result);
    }
  }
}

Json services_json(const ReportInput& input) {
  Json services = Json::array();
  for_each_service(input, [&](const Competitor& model, const TaskResult& result) {
    Json one = {{"task", result.task}, {"model", model.name}};
    one.update(to_json(*result.service));
    services.push_back(std::move(one));
  });
  return services;
}

std::string services_markdown(const ReportInput& input) {
  std::string out;
  for_each_service(input, [&](const Competitor& model, const TaskResult& result) {
    out +=
        text("- {}, {}: {}\n", cell(model.name), cell(result.task), service_text(*result.service));
  });
  return out.empty() ? "" : "\nWhat the models took:\n\n" + out;
}

Json all_figures_json(const ReportInput& input) {
  Json figures = Json::array();
  for_each_figure(input, [&](const TaskFile& task, const Competitor& model, const TaskFigure& one) {
    const metric::Interval interval = one.interval.value_or(metric::Interval{NAN, NAN});
    figures.push_back({{"task", task.name},
                       {"metric", one.metric},
                       {"filter", one.filter},
                       {"model", model.name},
                       {"value", number_or_null(one.value)},
                       {"interval", {number_or_null(interval.low), number_or_null(interval.high)}},
                       {"n", one.rows},
                       {"signature", one.signature}});
  });
  return figures;
}

}  // namespace

Json compare_json(const ReportInput& input) {
  Json comparisons = Json::array();
  for (const Comparison& one : input.comparisons) {
    comparisons.push_back(
        {{"task", one.task},
         {"metric", one.metric},
         {"filter", one.filter},
         {"first", input.competitors[0].name},
         {"second", one.second_name},
         {"n", one.rows},
         {"first_value", number_or_null(one.first)},
         {"second_value", number_or_null(one.second)},
         {"difference", number_or_null(one.difference)},
         {"interval", {number_or_null(one.interval.low), number_or_null(one.interval.high)}},
         {"test", one.test},
         {"p", number_or_null(one.p)},
         {"p_holm", number_or_null(one.p_holm)},
         {"p_fdr", number_or_null(one.p_fdr)},
         {"needed_rows", number_or_null(one.needed_rows)},
         {"verdict", one.verdict()},
         {"judge", judge_json(one.judge)},
         {"slices", slices_json(one.slices)},
         {"flips", flips_json(one.flips)}});
  }
  return {{"title", input.title},
          {"figures", all_figures_json(input)},
          {"comparisons", comparisons},
          {"services", services_json(input)}};
}

std::string compare_csv(const ReportInput& input) {
  std::string out = "task,metric,filter,model,value,low,high,n\n";
  for_each_figure(input, [&](const TaskFile& task, const Competitor& model, const TaskFigure& one) {
    const metric::Interval interval = one.interval.value_or(metric::Interval{NAN, NAN});
    out +=
        text("{},{},{},{},{},{},{},{}\n", quoted(task.name), quoted(one.metric), quoted(one.filter),
             quoted(model.name), one.value, interval.low, interval.high, one.rows);
  });
  return out;
}

std::string compare_markdown(const ReportInput& input) {
  std::string out = text(
      "# {}\n\n| task | metric | model | value | 95% interval | n |\n"
      "|---|---|---|---|---|---|\n",
      cell(input.title));
  for_each_figure(input, [&](const TaskFile& task, const Competitor& model, const TaskFigure& one) {
    const metric::Interval interval = one.interval.value_or(metric::Interval{NAN, NAN});
    out += text("| {} | {} | {} | {:.4f} | {:.4f} to {:.4f} | {} |\n", cell(task.name),
                cell(figure_name(one.metric, one.filter)), cell(model.name), one.value,
                interval.low, interval.high, one.rows);
  });
  out += services_markdown(input);
  if (input.comparisons.empty()) return out;
  out += text(
      "\nAgainst {}:\n\n| task | metric | model | difference | 95% interval | test | p | "
      "p (Holm) | verdict | worst slice |\n|---|---|---|---|---|---|---|---|---|---|\n",
      cell(input.competitors[0].name));
  for (const Comparison& one : input.comparisons) {
    const std::string worst =
        one.slices.empty()
            ? ""
            : text("{} = {}: {:+.4f} (n {})", one.slices[0].column, one.slices[0].value,
                   one.slices[0].second - one.slices[0].first, one.slices[0].rows);
    out +=
        text("| {} | {} | {} | {:+.4f} | {:+.4f} to {:+.4f} | {} | {:.4f} | {:.4f} | {} | {} |\n",
             cell(one.task), cell(figure_name(one.metric, one.filter)), cell(one.second_name),
             one.difference, one.interval.low, one.interval.high, one.test, one.p, one.p_holm,
             one.verdict(), cell(worst));
  }
  for (const Comparison& one : input.comparisons) {
    if (!one.judge) continue;
    out +=
        text("\n{}, {}: {}.\n", cell(one.task), cell(one.second_name), cell(one.judge->sentence()));
  }
  return out;
}

}  // namespace fettle::evaluate
