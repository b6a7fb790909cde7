#include "recipe/findings.h"

#include <algorithm>

#include "base/format.h"

namespace fettle::recipe {

void Findings::add(Place place, std::string what) {
  if (!full()) list_.push_back({std::move(place), std::move(what)});
}

std::vector<std::string> Findings::lines() const {
  std::vector<const Finding*> sorted;
  for (const Finding& finding : list_) sorted.push_back(&finding);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Finding* a, const Finding* b) {
    return a->place.line < b->place.line;
  });
  std::vector<std::string> out;
  for (const Finding* finding : sorted) {
    if (out.size() == kMost) {
      out.push_back(text("more than {} problems; the rest is left out", kMost));
      break;
    }
    out.push_back(finding->place.name + ": " + finding->what);
  }
  return out;
}

std::string Findings::report() const { return join(lines(), "\n"); }

}  // namespace fettle::recipe
