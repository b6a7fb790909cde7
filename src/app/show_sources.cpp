// `fettle show sources`: where `fettle prepare` takes rows from, and in which formats.
#include <iostream>

#include "app/show.h"
#include "data/collect/reader.h"
#include "data/collect/sources.h"

namespace fettle::app {
namespace {

namespace collect = data::collect;

std::string of(std::string_view source) { return source.empty() ? "" : text(" ({})", source); }

Json sources_json() {
  Json out = {{"places", Json::array()}, {"formats", Json::array()}};
  for (const collect::PlaceRow& row : collect::places()) {
    out["places"].push_back(
        {{"name", row.name}, {"path", row.looks}, {"help", row.help}, {"source", row.source}});
  }
  for (const collect::FormatRow& row : collect::formats()) {
    out["formats"].push_back(
        {{"name", row.name}, {"endings", row.endings}, {"help", row.help}, {"source", row.source}});
  }
  return out;
}

}  // namespace

std::function<ExitCode()> add_show_sources(CLI::App&, const Common& common) {
  return [&common] {
    if (common.json) {
      std::cout << to_text(sources_json()) << std::endl;
      return ExitCode::kDone;
    }
    std::cout << "places (a source's path):\n";
    for (const collect::PlaceRow& row : collect::places()) {
      std::cout << text("  {:<13} {:<32} {}{}\n", row.name, row.looks, row.help, of(row.source));
    }
    std::cout << "formats (found by the ending, or named as format):\n";
    for (const collect::FormatRow& row : collect::formats()) {
      std::cout << text("  {:<13} {:<32} {}{}\n", row.name, row.endings, row.help, of(row.source));
    }
    std::cout << "options: fettle prepare --fields\n";
    return ExitCode::kDone;
  };
}

}  // namespace fettle::app
