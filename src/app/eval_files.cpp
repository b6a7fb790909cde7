#include "app/eval_files.h"

namespace fettle::app {

void write_evaluation(const fs::path& run, const std::string& name,
                      const evaluate::Report& report) {
  const fs::path folder = run / "eval";
  make_folders(folder);
  std::string lines;
  for (const evaluate::RowAnswer& row : report.rows) {
    const Json json = {{"origin", row.origin},       {"prompt", row.question},
                       {"label", row.expected},      {"predict", row.answer},
                       {"likeliest", row.likeliest}, {"exact", row.exact}};
    lines += to_text(json) + "\n";
  }
  write_file_atomically(folder / (name + ".jsonl"), lines);
  write_file_atomically(folder / (name + ".json"), to_text(evaluate::to_json(report), 2) + "\n");
}

std::optional<evaluate::Report> read_evaluation(const fs::path& run, const std::string& name) {
  const fs::path path = run / "eval" / (name + ".json");
  if (!fs::exists(path)) return std::nullopt;
  const Json json = read_json_file(path);
  const Json* figures = find(json, "figures");
  if (figures == nullptr || !figures->is_object()) return std::nullopt;
  evaluate::Report report;
  for (const auto& [key, item] : figures->items()) {
    const Json* value = find(item, "value");
    if (value == nullptr || !value->is_number()) continue;
    evaluate::Figure figure{key, value->get<double>(), item.value("n", std::int64_t{0}), {}, ""};
    const Json* interval = find(item, "interval");
    if (interval != nullptr && interval->size() == 2 && (*interval)[0].is_number()) {
      figure.interval =
          metric::Interval{(*interval)[0].get<double>(), (*interval)[1].get<double>()};
    }
    report.figures.push_back(std::move(figure));
  }
  return report;
}

}  // namespace fettle::app
