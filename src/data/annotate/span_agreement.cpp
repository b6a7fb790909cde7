#include "data/annotate/span_agreement.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "data/annotate/agreement.h"
#include "data/annotate/spans.h"

namespace fettle::data {
namespace {

std::set<Span> spans_of(const std::string& value) {
  return read_spans(*parse_json(value, "an answer"));
}

// The labels on a part of the text that no span's border cuts.
std::string labels_on(const std::set<Span>& spans, std::uint64_t begin, std::uint64_t end) {
  std::set<std::string> labels;
  for (const Span& span : spans) {
    if (span.begin <= begin && end <= span.end) labels.insert(span.label);
  }
  std::string out;
  for (const std::string& label : labels) out += label + '\n';
  return out;
}

struct Parts {
  std::vector<std::vector<double>> columns;  // a part's values, one an answer
  std::vector<double> lengths;
  std::map<std::string, double> codes;
  std::size_t widest = 0;
};

void add_row(const RowState& state, Parts& parts) {
  std::vector<std::set<Span>> answers;
  std::set<std::uint64_t> borders = {0};
  for (const auto& said : state.said) {
    if (!said.value) continue;
    answers.push_back(spans_of(*said.value));
    for (const Span& span : answers.back()) borders.insert({span.begin, span.end});
  }
  parts.widest = std::max(parts.widest, answers.size());
  for (auto at = borders.begin(); std::next(at) != borders.end(); ++at) {
    const std::uint64_t end = *std::next(at);
    std::vector<double> column;
    for (const auto& spans : answers) {
      const auto code = static_cast<double>(parts.codes.size());
      column.push_back(parts.codes.emplace(labels_on(spans, *at, end), code).first->second);
    }
    parts.columns.push_back(std::move(column));
    parts.lengths.push_back(static_cast<double>(end - *at));
  }
}

}  // namespace

double span_f1(const std::vector<std::pair<const std::string*, const std::string*>>& answers) {
  double common = 0;
  double all = 0;
  for (const auto& [first, second] : answers) {
    const std::set<Span> a = spans_of(*first);
    const std::set<Span> b = spans_of(*second);
    all += static_cast<double>(a.size() + b.size());
    common += static_cast<double>(
        std::count_if(a.begin(), a.end(), [&](const Span& span) { return b.contains(span); }));
  }
  return all == 0 ? std::numeric_limits<double>::quiet_NaN() : 2 * common / all;
}

double character_alpha(const std::vector<const RowState*>& rows) {
  Parts parts;
  for (const RowState* const state : rows) add_row(*state, parts);
  const std::size_t units = parts.columns.size();
  std::vector<double> values(parts.widest * units, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t unit = 0; unit < units; ++unit) {
    for (std::size_t i = 0; i < parts.columns[unit].size(); ++i) {
      values[i * units + unit] = parts.columns[unit][i];
    }
  }
  return krippendorff_alpha(values, units, Level::kNominal, parts.lengths);
}

}  // namespace fettle::data
