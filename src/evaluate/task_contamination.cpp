#include "evaluate/task_contamination.h"

#include <map>

#include "data/match/contamination.h"
#include "data/match/reference_rows.h"

namespace fettle::evaluate {
namespace {

// Texts within a value that are long enough to be told from chance.
void gather_long(const Json& value, std::int64_t least_words, std::vector<std::string>& out) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto words = static_cast<std::int64_t>(data::words_of(text).words.size());
    if (words >= least_words) out.push_back(text);
  } else if (value.is_structured()) {
    for (const Json& part : value) gather_long(part, least_words, out);
  }
}

std::vector<std::string> looked_for(const Json& doc, std::int64_t least_words) {
  std::vector<std::string> out;
  gather_long(doc, least_words, out);
  if (out.empty()) out.push_back(data::all_text(doc));
  return out;
}

// Both ways: a judged text within a tuning row, and a tuning row within a judged text.
std::vector<bool> contaminated(const std::vector<std::vector<std::string>>& judged,
                               const std::vector<std::string>& tuning,
                               const data::ContaminationRule& rule) {
  data::BenchmarkIndex tuned(rule);
  tuned.add("tuning", tuning);
  tuned.close();
  // The index names a few of many equal items, so each text stands in it once.
  std::map<std::string, std::vector<std::size_t>> owners;
  std::vector<bool> out(judged.size(), false);
  for (std::size_t row = 0; row < judged.size(); ++row) {
    for (const std::string& text : judged[row]) {
      if (!tuned.find(text).empty()) out[row] = true;
      owners[data::normal_text(text)].push_back(row);
    }
  }
  std::vector<std::string> items;
  for (const auto& [text, rows] : owners) items.push_back(text);
  data::BenchmarkIndex asked(rule);
  asked.add("judged", items);
  asked.close();
  for (const std::string& text : tuning) {
    for (const data::Overlap& overlap : asked.find(text)) {
      for (const std::size_t row : owners.at(items[overlap.item])) out[row] = true;
    }
  }
  return out;
}

}  // namespace

Contamination look_for(const TuningTexts& tuning, const TaskFile& task, std::vector<TaskRow>& rows,
                       const metric::BootstrapOptions& options) {
  const data::ContaminationRule rule;
  std::vector<std::vector<std::string>> judged;
  for (const TaskRow& row : rows) judged.push_back(looked_for(row.doc, rule.least_words));
  const std::vector<bool> dirty = contaminated(judged, tuning.texts, rule);
  Contamination out;
  out.source = tuning.source;
  out.tuning_rows = static_cast<std::int64_t>(tuning.texts.size());
  std::vector<TaskRow> clean;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].contaminated = dirty[i];
    out.contaminated += dirty[i] ? 1 : 0;
    if (!dirty[i]) clean.push_back(rows[i]);
  }
  if (!clean.empty()) out.figures = figures_of(task, clean, options);
  return out;
}

}  // namespace fettle::evaluate
