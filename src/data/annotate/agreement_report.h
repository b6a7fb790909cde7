// A project's agreement figures from what its annotators said.
#pragma once

#include "base/json.h"
#include "data/annotate/project.h"

namespace fettle::data {

// {"rows": rows with two answers or more, "level": of alpha, "alpha": ..., "fleiss": {"kappa",
// "rows", "annotators"}, "pairs": [{"a", "b", "rows", "same", "kappa"}]}; undefined figures are
// null.
// - classification, preference, multi_label (equal sets): nominal; multi_label adds "labels":
//   [{"label", "alpha"}] of each label's presence.
// - rating: ordinal, with "alpha_interval"; kappa is quadratically weighted.
// - spans: alpha of the labels on each character (nominal), "same" and "kappa" as for whole
// answers,
//   pairs add "f1" over exact spans.
// - writing: null; "same" counts equal texts.
// Fleiss' kappa takes the rows of the commonest number of answers above one.
[[nodiscard]] Json agreement_report(Project& project);

}  // namespace fettle::data
