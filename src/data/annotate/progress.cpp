// Project's counts: progress and done_by.
#include <algorithm>

#include "base/random.h"
#include "data/annotate/project.h"

namespace fettle::data {

Progress Project::progress() const {
  Progress out;
  const Random random(static_cast<std::uint64_t>(config_.seed), "overlap");
  for (std::size_t row = 0; row < states_.size(); ++row) {
    const RowState& state = states_[row];
    const std::int64_t wanted =
        random.uniform(row) < config_.overlap ? config_.annotators_per_row : 1;
    const auto said = static_cast<std::int64_t>(state.said.size());
    ++out.rows;
    out.finished += said >= wanted ? 1 : 0;
    out.begun += said > 0 && said < wanted ? 1 : 0;
    out.skipped += state.answers() < state.said.size() ? 1 : 0;
    out.disagreeing += state.disagrees() ? 1 : 0;
    out.adjudicated += state.adjudicated ? 1 : 0;
  }
  return out;
}

std::int64_t Project::done_by(std::int64_t annotator) const {
  return std::count_if(states_.begin(), states_.end(), [&](const RowState& state) {
    return std::any_of(state.said.begin(), state.said.end(),
                       [&](const auto& said) { return said.annotator == annotator; });
  });
}

}  // namespace fettle::data
