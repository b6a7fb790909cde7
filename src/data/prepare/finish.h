// After the rows: the frozen recipe, the pages, and last of all the manifest, whose presence says
// that the folder is complete. Then the work folder goes.
#pragma once

#include "data/prepare/engine.h"
#include "data/prepare/manifest.h"
#include "data/prepare/target_shares.h"

namespace fettle::data::prepare {

// What the rows should be like, which the report compares them with.
struct Target {
  fs::path rows;  // a JSON Lines file to compare topics with, or empty
  std::vector<TargetShare> shares;
};

// Writes recipe.yaml, report.html, README.md and manifest.json; returns the manifest with
// "warnings" and "topics".
[[nodiscard]] Json finish_job(const Job& job, const Prepared& prepared, const Target& target);

// The manifest of a complete folder of this recipe; null when there is none.
[[nodiscard]] Json finished_manifest(const Job& job);

}  // namespace fettle::data::prepare
