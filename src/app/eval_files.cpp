#include "app/eval_files.h"

namespace fettle::app {

void write_evaluation(const fs::path& run, const std::string& name,
                      const evaluate::Report& report) {
  const fs::path folder = run / "eval";
  make_folders(folder);
  std::string lines;
  for (const evaluate::RowAnswer& row : report.rows) {
    const Json json = {{"origin", row.origin},     {"prompt", row.question},
                       {"label", row.expected},    {"predict", row.answer},
                       {"likeliest", row.likeliest}, {"exact", row.exact}};
    lines += to_text(json) + "\n";
  }
  write_file_atomically(folder / (name + ".jsonl"), lines);
  write_file_atomically(folder / (name + ".json"), to_text(evaluate::to_json(report), 2) + "\n");
}

}  // namespace fettle::app
