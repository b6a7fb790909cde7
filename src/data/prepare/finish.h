// After the rows: the frozen recipe, the pages, and last of all the manifest, whose presence says
// that the folder is complete. Then the work folder goes.
#pragma once

#include "data/prepare/engine.h"
#include "data/prepare/manifest.h"

namespace fettle::data::prepare {

// Writes recipe.yaml, report.html, README.md and manifest.json; returns the manifest with
// "warnings" and "topics". target: a JSON Lines file to compare topics with, or empty.
[[nodiscard]] Json finish_job(const Job& job, const Prepared& prepared, const fs::path& target);

// The manifest of a complete folder of this recipe; null when there is none.
[[nodiscard]] Json finished_manifest(const Job& job);

}  // namespace fettle::data::prepare
