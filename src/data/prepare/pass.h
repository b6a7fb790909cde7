// One pass over all records on all threads: pieces of the feed become chunk files. What a killed
// pass had finished is found by its files and not done again.
#pragma once

#include "data/prepare/chunk_writer.h"
#include "data/prepare/decisions.h"
#include "data/prepare/feed.h"
#include "data/prepare/job.h"

namespace fettle::data::prepare {

struct PassResult {
  std::vector<std::uint64_t> rows;  // of each chunk
  Tally tally;
};

struct PassRun {
  const PassPlan& plan;
  fs::path folder;  // created if missing
  int threads = 1;
  double max_bad_share = 1;
  const Watch& watch;
  Progress progress;  // where the pass begins
};

// Throws what a source or a stage threw, Interrupted when the watch says stop, DataError when too
// many rows are malformed. Whatever ends it, finished chunks stay.
[[nodiscard]] PassResult run_pass(const PassRun& run, Feed& feed);

// The result of a pass that was finished before; nothing if it was not.
[[nodiscard]] std::optional<PassResult> finished_pass(const fs::path& folder);

}  // namespace fettle::data::prepare
