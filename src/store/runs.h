// runs.db: what was trained and judged, where, and how well, so that runs can be listed and
// compared later. An index: a run's folder stays the source, and what is missing here is read from
// there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "base/sqlite.h"

namespace fettle::store {

struct Score {
  std::string part = {};    // "before", "after", "step 40", or a task's name
  std::string metric = {};  // "exact_match"
  std::string filter = "none";
  std::optional<double> value = {};  // nothing: the figure is no number
  std::optional<double> low = {};    // 95% interval
  std::optional<double> high = {};
  std::int64_t rows = 0;
  std::string signature = {};  // how it was measured
};

struct Run {
  std::string name = {};    // unique in a store: what is wished for, or that with -2, -3, ...
  std::string kind = {};    // "train" or "evaluate"
  std::string folder = {};  // absolute; empty: nothing was kept
  std::string recipe = {};  // XXH3-128 of the frozen recipe, or of the tasks' definitions
  std::string model = {};
  std::string data = {};
  std::int64_t seed = 0;
  double started = 0;      // seconds since 1970
  double seconds = 0;      // that it took
  std::string state = {};  // "begun", "done", "interrupted", "failed"
  std::string machine = {};
  std::string version = {};  // of fettle
  std::vector<Score> scores = {};
};

// Several processes may have one store open. One thread at a time.
class RunStore {
 public:
  // kCreate makes the file and its folder where there are none. Throws IoError, and DataError for a
  // database of another program or of a newer fettle.
  RunStore(const fs::path& path, Database::Mode mode);

  // Writes the run and all its scores in one transaction, in place of an earlier record of the same
  // kind and folder, whose name it keeps. Returns the name. On disk when it returns.
  std::string record(const Run& run);

  // The oldest first; of one kind, or of all (empty).
  [[nodiscard]] std::vector<Run> list(std::string_view kind = "");
  [[nodiscard]] std::optional<Run> find(std::string_view name);
  [[nodiscard]] std::vector<std::string> names();

 private:
  [[nodiscard]] std::vector<Run> read(Statement& rows);

  Database database_;
};

// One object a run, scores and all: `fettle show runs --json`.
[[nodiscard]] Json to_json(const Run& run);

}  // namespace fettle::store
