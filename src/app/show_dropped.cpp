// `fettle show data FOLDER --dropped`: which rows a preparation changed or dropped, and why.
#include <fstream>
#include <iostream>
#include <map>

#include "app/show.h"
#include "base/file.h"
#include "base/json.h"
#include "data/text_file.h"

namespace fettle::app {
namespace {

std::string text_in(const Json& object, const char* key) {
  const Json* const value = find(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

Json read_manifest(const fs::path& folder) {
  if (!fs::exists(folder / "manifest.json")) {
    throw UsageError("{}: is no folder of prepared rows (it has no manifest.json)", folder);
  }
  return read_json_file(folder / "manifest.json");
}

bool is_wanted(const Json& line, const DroppedOptions& options) {
  if (!options.changed && text_in(line, "action") != "dropped") return false;
  if (!options.stage.empty() && text_in(line, "stage") != options.stage) return false;
  return options.reason.empty() || text_in(line, "reason") == options.reason;
}

void print_line(const Json& line) {
  const Json* const number = find(line, "line");
  std::cout << text("{}:{}: {} {}: {}", text_in(line, "file"),
                    number == nullptr ? std::string("?") : to_text(*number), text_in(line, "stage"),
                    text_in(line, "action"), text_in(line, "reason"));
  const std::string detail = text_in(line, "detail");
  std::cout << (detail.empty() ? "" : " (" + detail + ")") << "\n";
}

void print_counts(const Json& manifest, bool changed) {
  for (const Json& stage : manifest.at("stages")) {
    for (const char* kind : {"drop_reasons", "change_reasons"}) {
      if (!changed && kind[0] == 'c') continue;
      for (const auto& [reason, times] : stage.at(kind).items()) {
        std::cout << text("{:>12}  {}: {} ({})\n", with_commas(times.get<std::int64_t>()),
                          text_in(stage, "name"), reason, kind[0] == 'd' ? "dropped" : "changed");
      }
    }
  }
}

}  // namespace

ExitCode show_dropped(const std::string& folder, const DroppedOptions& options, bool json) {
  const Json manifest = read_manifest(folder);
  data::Lines lines(fs::path(folder) / "explained.jsonl");
  std::string line;
  std::int64_t shown = 0;
  while (shown < options.rows && lines.next(line)) {
    const Result<Json> one =
        parse_json(line, text("{}/explained.jsonl:{}", folder, lines.number()));
    if (!one) throw DataError("{}; prepare the rows again", one.error().message());
    if (!is_wanted(*one, options)) continue;
    ++shown;
    if (json) {
      std::cout << line << "\n";
    } else {
      print_line(*one);
    }
  }
  if (!json) {
    std::cout << text("{} shown; all, by stage and reason:\n", shown);
    print_counts(manifest, options.changed);
  }
  return ExitCode::kDone;
}

}  // namespace fettle::app
