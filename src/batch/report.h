// What became of a data set's rows on the way to examples.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace fettle::batch {

struct ExampleReport {
  std::int64_t rows = 0;            // given
  std::int64_t examples = 0;        // made
  std::int64_t dropped_long = 0;    // rows over max_length that were left out
  std::int64_t truncated = 0;       // rows cut to max_length
  std::int64_t split = 0;           // rows cut into several examples
  std::int64_t unscored_parts = 0;  // parts of split rows left out as nothing in them is scored
  std::int64_t refused = 0;         // rows with a problem, one without scored tokens included
  std::int64_t tokens = 0;          // of the examples
  std::int64_t scored_tokens = 0;
  std::int64_t longest = 0;         // tokens of the longest row, before any cut
  std::int64_t merged_borders = 0;  // answers whose first token merged with the prompt's last
  std::int64_t open_ends = 0;       // chat rows whose last scored token is no end-of-turn token
  std::vector<Problem> problems;    // the first kMostProblems

  static constexpr std::size_t kMostProblems = 20;
};

// "1,000 rows: 990 examples, 20,000 tokens, 1,980 scored; 10 refused": kinds that did not occur are
// left out.
[[nodiscard]] std::string summary(const ExampleReport& report);

}  // namespace fettle::batch
