#include "data/collect/html_guard.h"

#include <algorithm>
#include <array>
#include <string>

namespace fettle::data::collect {
namespace {

// Never open: no end tag is written.
constexpr std::array<std::string_view, 14> kVoid = {"area",  "base",   "br",    "col",  "embed",
                                                    "hr",    "img",    "input", "link", "meta",
                                                    "param", "source", "track", "wbr"};
// Closed by the next of their kind, end tag or not; what can nest them is counted itself.
constexpr std::array<std::string_view, 12> kClosed = {
    "p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option", "optgroup"};
// HTML standard, 13.2.4.3: reopened in each block that they were not closed before.
constexpr std::array<std::string_view, 14> kFormatting = {
    "a",    "b", "big",   "code",   "em",     "font", "i",
    "nobr", "s", "small", "strike", "strong", "tt",   "u"};

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

MarkupCost markup_cost(std::string_view html) {
  MarkupCost cost;
  std::int64_t open = 0;
  std::int64_t formatting = 0;
  std::string name;
  for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at)) {
    ++at;
    const bool closes = at < html.size() && html[at] == '/';
    if (closes) ++at;
    if (at >= html.size() || !is_letter(html[at])) continue;
    name.clear();
    while (at < html.size() && name.size() < 16 && html[at] != '>' && html[at] != '/' &&
           html[at] != ' ' && html[at] != '\n' && html[at] != '\t' && html[at] != '\r' &&
           html[at] != '\f') {
      name += static_cast<char>(html[at] | (is_letter(html[at]) ? 0x20 : 0));
      ++at;
    }
    if (is_among(kVoid, name)) continue;
    if (is_among(kFormatting, name))
      formatting = std::max<std::int64_t>(formatting + (closes ? -1 : 1), 0);
    if (!closes) cost.copies += formatting;
    if (is_among(kClosed, name)) continue;
    open = std::max<std::int64_t>(open + (closes ? -1 : 1), 0);
    cost.depth = std::max(cost.depth, open);
  }
  return cost;
}

}  // namespace fettle::data::collect
