// The whole preparation: passes between which set stages decide, then the outputs. Interrupted or
// not, with however many threads: the same bytes.
#pragma once

#include <optional>

#include "data/prepare/decisions.h"
#include "data/prepare/job.h"
#include "data/prepare/tally.h"

namespace fettle::data::prepare {

struct OutputFile {
  std::string part;  // "train"
  std::string name;  // "train.jsonl"
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::string hash;  // xxh3_128
};

struct Prepared {
  Tally tally;
  std::vector<OutputFile> outputs;
  OutputFile explained;  // explained.jsonl: why rows were changed or dropped
};

// Works in <output_dir>/.work and writes the rows and explained.jsonl; the manifest and the pages
// are others' work, after which the work folder may go. Throws as run_pass does, and UsageError
// where the work folder belongs to another recipe.
[[nodiscard]] Prepared run_job(const Job& job, const Watch& watch);

[[nodiscard]] fs::path work_folder(const Job& job);

}  // namespace fettle::data::prepare
