// Tasks' results on disk: a line a row, written as rows are judged, and the figures.
#pragma once

#include <cstdio>
#include <memory>

#include "base/file.h"
#include "evaluate/task_run.h"

namespace fettle::app {

// FOLDER/TASK.samples.jsonl. Rows that an interrupted run wrote are found again by their hashes.
class TaskStore {
 public:
  // folder: empty keeps nothing. Throws IoError.
  TaskStore(const fs::path& folder, const evaluate::TaskFile& task);

  [[nodiscard]] const evaluate::SavedRows& saved() const { return saved_; }
  // Appends the row and hands it to the system, so that a killed run loses none that was judged.
  void add(const evaluate::TaskRow& row);
  // Writes all rows anew in their order, and TASK.json with the figures.
  void finish(const evaluate::TaskResult& result);

 private:
  struct Close {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
  };

  fs::path folder_;
  const evaluate::TaskFile& task_;
  evaluate::SavedRows saved_;
  std::unique_ptr<std::FILE, Close> file_;
};

// With how rows become figures (metrics and filters), so that the file stands alone.
[[nodiscard]] Json result_json(const evaluate::TaskFile& task, const evaluate::TaskResult& result);

// The results that a folder holds, and into `tasks` how their rows become figures. Throws DataError
// for a damaged file.
[[nodiscard]] std::vector<evaluate::TaskResult> read_results(
    const fs::path& folder, std::vector<evaluate::TaskFile>& tasks);

// Figures in the form of lm-evaluation-harness's results file: results.TASK."metric,filter".
[[nodiscard]] Json harness_json(const std::vector<evaluate::TaskResult>& results,
                                const std::string& model);

}  // namespace fettle::app
