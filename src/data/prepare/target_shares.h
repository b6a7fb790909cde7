// A target that a recipe describes: which share of the rows a language, class, form or source
// should have. The report says what is thin compared with it.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace fettle::data::prepare {

struct TargetShare {
  std::string kind;  // "language", "label", "form" or "source"
  std::string name;  // as the report writes it: "de", "spam", "kto", "alpaca.jsonl"
  double share = 0;  // above 0, at most 1
};

// "language de=0.2", "label very good=0.5". Throws UsageError for another form, an unknown kind, a
// share out of bounds, a name given twice, and shares of a kind above 1 together.
[[nodiscard]] std::vector<TargetShare> target_shares(const std::vector<std::string>& lines);

// Adds a warning for each that has at most half of its share of the rows written; `manifest` as
// make_manifest() gives it. A language is known only where the stage `language` noted it.
void warn_of_shares(const std::vector<TargetShare>& shares, const Json& manifest,
                    std::vector<std::string>& warnings);

}  // namespace fettle::data::prepare
