// From a recipe's data section to rows: files are read, forms found, bad rows counted, evaluation
// rows held out. Same files, config and seed give the same rows in the same order.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "data/config.h"
#include "data/row.h"
#include "data/split.h"

namespace fettle::data {

// What reading found, for the log and `fettle show data`.
struct LoadReport {
  std::int64_t rows = 0;          // read well, before splitting and drawing
  std::int64_t bad_rows = 0;      // left out
  std::vector<Problem> problems;  // the first kShownProblems of them
  std::vector<std::pair<std::string, std::int64_t>> forms;         // rows of each form found
  std::vector<std::pair<std::string, std::int64_t>> train_labels;  // in the order of the labels
  std::vector<std::pair<std::string, std::int64_t>> eval_labels;
  std::vector<std::pair<std::string, double>> class_weights;  // of training rows; empty: none
  std::int64_t held_out_together = 0;   // rows that val_size held out along with a like one
  std::int64_t eval_rows_in_train = 0;  // evaluation rows that are also trained on, word for word
};

inline constexpr std::size_t kShownProblems = 20;

struct LoadedData {
  Dataset train;
  Dataset eval;  // without rows when the config asks for none
  LoadReport report;
};

// Throws DataError for an unreadable file, more than max_bad_rows bad rows (listing the first), or
// no rows at all; UsageError for a config that contradicts itself. group: which rows val_size never
// parts.
[[nodiscard]] LoadedData load_dataset(const DataConfig& config, std::uint64_t seed,
                                      const GroupRows& group = equal_groups);

}  // namespace fettle::data
