// The data card: Markdown whose front matter dataset hubs read.
#include <algorithm>

#include "base/format.h"
#include "data/prepare/manifest.h"
#include "data/prepare/pages.h"

namespace fettle::data::prepare {
namespace {

std::string shown_count(const Json& object, const char* key) {
  return with_commas(static_cast<std::int64_t>(object.at(key).get<std::uint64_t>()));
}

// A cell of a table: one line, no bars, no markup.
std::string table_cell(const std::string& words) {
  std::string out;
  for (const char c : words) {
    if (c == '<') {
      out += "&lt;";
      continue;
    }
    if (c == '|' || c == '*' || c == '_' || c == '`' || c == '[' || c == '\\') {
      out += '\\';
    }
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

std::string shown_name(const Json& object, const char* key) {
  return table_cell(object.at(key).get<std::string>());
}

// Hubs group data sets by orders of magnitude.
std::string_view size_category(std::uint64_t rows) {
  if (rows < 1000) return "n<1K";
  if (rows < 10000) return "1K<n<10K";
  if (rows < 100000) return "10K<n<100K";
  if (rows < 1000000) return "100K<n<1M";
  return rows < 10000000 ? "1M<n<10M" : "10M<n<100M";
}

std::string front_matter(const Json& manifest) {
  std::string out = "---\n";
  std::vector<std::string> licences;
  for (const Json& source : manifest.at("sources")) {
    const std::string licence = known_or_not(source, "licence");
    if (std::find(licences.begin(), licences.end(), licence) == licences.end()) {
      licences.push_back(licence);
    }
  }
  out += "license:\n";
  for (const std::string& licence : licences) out += text("- {}\n", to_text(Json(licence)));
  const Json& languages = manifest.at("after").at("languages");
  if (!languages.empty()) {
    out += "language:\n";
    for (const auto& [language, rows] : languages.items()) {
      out += text("- {}\n", to_text(Json(language)));
    }
  }
  out += text("size_categories:\n- {}\n",
              size_category(manifest.at("after").at("rows").get<std::uint64_t>()));
  out += "configs:\n- config_name: default\n  data_files:\n";
  for (const Json& file : manifest.at("outputs")) {
    out += text("  - split: {}\n    path: {}\n", file.at("part").get<std::string>(),
                file.at("file").get<std::string>());
  }
  return out + "---\n\n";
}

std::string reasons(const Json& counts) {
  std::string out;
  std::size_t shown = 0;
  for (const auto& [reason, times] : counts.items()) {
    if (++shown > 10) return out + ", ...";
    out += text("{}{} ({})", out.empty() ? "" : ", ", table_cell(reason),
                with_commas(times.get<std::int64_t>()));
  }
  return out;
}

}  // namespace

std::string card_markdown(const Account& account) {
  const Json& manifest = account.manifest;
  std::string out = front_matter(manifest);
  out += text(
      "# {}\n\n{} rows, made from {} rows read. `manifest.json` holds the sums of all "
      "inputs and outputs, `recipe.yaml` every option, `explained.jsonl` why rows were "
      "changed or dropped, `report.html` the pictures.\n\n",
      table_cell(account.title), shown_count(manifest.at("after"), "rows"),
      shown_count(manifest.at("stages").at(0), "in"));
  out += "## Files\n\n| split | file | rows | XXH3-128 |\n|---|---|---|---|\n";
  for (const Json& file : manifest.at("outputs")) {
    out += text("| {} | {} | {} | {} |\n", shown_name(file, "part"), shown_name(file, "file"),
                shown_count(file, "rows"), shown_name(file, "xxh3_128"));
  }
  out +=
      "\n## Sources\n\n| source | licence | origin | rows read | rows written |\n"
      "|---|---|---|---|---|\n";
  for (const Json& source : manifest.at("sources")) {
    out += text("| {} | {} | {} | {} | {} |\n", shown_name(source, "name"),
                table_cell(known_or_not(source, "licence")),
                table_cell(known_or_not(source, "origin")), shown_count(source, "rows_read"),
                shown_count(source, "rows_written"));
  }
  out +=
      "\n## What was done\n\n| stage | in | changed | dropped | made | why dropped |\n"
      "|---|---|---|---|---|---|\n";
  for (const Json& stage : manifest.at("stages")) {
    out +=
        text("| {} | {} | {} | {} | {} | {} |\n", shown_name(stage, "name"),
             shown_count(stage, "in"), shown_count(stage, "changed"), shown_count(stage, "dropped"),
             shown_count(stage, "made"), reasons(stage.at("drop_reasons")));
  }
  out += "\n## Beware\n\n";
  if (account.warnings.empty()) out += "No warnings.\n";
  for (const std::string& warning : account.warnings) out += text("- {}\n", table_cell(warning));
  return out;
}

}  // namespace fettle::data::prepare
