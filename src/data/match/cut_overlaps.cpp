#include <algorithm>

#include "data/match/contamination.h"

namespace fettle::data {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::int64_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); });
}

// `count` code points before or after a place.
std::size_t back(std::string_view text, std::size_t at, std::int64_t count) {
  while (at > 0 && count > 0) count -= !continues(text[--at]);
  return at;
}

std::size_t forth(std::string_view text, std::size_t at, std::int64_t count) {
  while (at < text.size() && count > 0) {
    do ++at;
    while (at < text.size() && continues(text[at]));
    --count;
  }
  return at;
}

// Overlapping spans of several items are one dirty place.
std::vector<ByteSpan> places(const std::vector<Overlap>& overlaps) {
  std::vector<ByteSpan> merged;
  for (const Overlap& overlap : overlaps) {
    if (!merged.empty() && overlap.row.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, overlap.row.end);
    } else {
      merged.push_back(overlap.row);
    }
  }
  return merged;
}

}  // namespace

std::optional<std::string> cut_overlaps(std::string_view text, const std::vector<Overlap>& overlaps,
                                        const ContaminationRule& rule) {
  const std::vector<ByteSpan> dirty = places(overlaps);
  if (static_cast<std::int64_t>(dirty.size()) > rule.most_spans) return std::nullopt;
  std::string kept;
  const auto keep = [&](std::size_t begin, std::size_t end) {
    if (end <= begin || characters(text.substr(begin, end - begin)) <= rule.least_piece) return;
    if (!kept.empty()) kept += '\n';
    kept += text.substr(begin, end - begin);
  };
  std::size_t begin = 0;
  for (const ByteSpan& span : dirty) {
    keep(begin, back(text, span.begin, rule.margin));
    begin = forth(text, span.end, rule.margin);
  }
  keep(begin, text.size());
  if (kept.empty()) return std::nullopt;
  return kept;
}

}  // namespace fettle::data
