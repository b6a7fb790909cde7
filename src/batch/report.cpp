#include "batch/report.h"

#include <utility>

#include "base/format.h"

namespace fettle::batch {

std::string summary(const ExampleReport& report) {
  std::string line = text("{} rows: {} examples, {} tokens, {} scored", with_commas(report.rows),
                          with_commas(report.examples), with_commas(report.tokens),
                          with_commas(report.scored_tokens));
  const std::pair<std::int64_t, std::string_view> kinds[] = {
      {report.dropped_long, "dropped as too long"},
      {report.truncated, "truncated"},
      {report.split, "split"},
      {report.unscored_parts, "parts of split rows without scored tokens left out"},
      {report.refused, "refused"},
      {report.merged_borders, "answers that share a token with their prompt"},
      {report.open_ends, "without an end-of-turn token"},
  };
  for (const auto& [count, kind] : kinds) {
    if (count > 0) line += text("; {} {}", with_commas(count), kind);
  }
  return line;
}

}  // namespace fettle::batch
