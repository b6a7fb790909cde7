// What a preparation is to do, as the recipe says it, with every stage made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "data/stage.h"
#include "data/stream.h"

namespace fettle::data::prepare {

struct SourceEntry {
  std::string name;  // what reports call it
  std::string licence;
  std::string origin;
  Json options;  // as the recipe gives them, for the manifest
  // Opens the source at the beginning (empty) or behind a piece.
  std::function<std::unique_ptr<Stream>(std::string_view resume_at)> open;
};

// One stage of the recipe's list: either of a row or of the set.
struct StageEntry {
  std::string name;
  Json options;
  std::function<std::unique_ptr<RowStage>(const Bench&)> make_row;
  std::function<std::unique_ptr<SetStage>(const Bench&)> make_set;
};

struct Job {
  std::vector<SourceEntry> sources;
  std::vector<StageEntry> stages;
  Models models;
  std::string recipe;  // the frozen recipe, written beside the rows
  fs::path output_dir;
  std::uint64_t seed = 0;
  std::uint64_t memory = std::uint64_t{1} << 30;  // bytes
  int threads = 1;
  bool explain_changes = true;  // list changed rows, not dropped ones alone
  std::vector<std::string> keep_notes;
  std::string date_column;      // of the report over time; empty: the usual names
  double max_bad_share = 0.05;  // of rows that cannot be read
  // At most so many records of each source; 0: all. For --plan.
  std::uint64_t sample = 0;
};

// Where the run stands: pass from 0, of how many, and its rows and bytes so far.
struct Progress {
  std::size_t pass = 0;
  std::size_t passes = 1;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint64_t total_rows = 0;  // of the pass; 0: not known
  std::string_view what;         // "reading", "deciding near_duplicates", "writing"
};

// What the engine asks and tells while it works; both are called from several threads, one at a
// time.
struct Watch {
  std::function<bool()> stop = [] { return false; };
  std::function<void(const Progress&)> tell = [](const Progress&) {};
  // Thread-safe: a clock that only grows, for the times of the stages; without one they are 0.
  std::function<double()> seconds = [] { return 0.0; };
};

}  // namespace fettle::data::prepare
