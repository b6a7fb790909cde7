// Regular expressions on strangers' texts: PCRE2 with limits on steps, depth, memory and time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fettle::metric {

struct PatternLimits {
  std::uint32_t steps = 2'000'000;  // of one match, backtracking included
  std::uint32_t depth = 20'000;
  std::uint32_t heap_kilobytes = 64 * 1024;
  double seconds = 1;  // of all matches in one text
  std::size_t matches = 100'000;
};

class Pattern {
 public:
  // PCRE2's syntax with Unicode classes. A problem names the expression and the place of the error.
  [[nodiscard]] static Result<Pattern> compile(std::string_view expression,
                                               const PatternLimits& limits = {});

  // One match: the whole, then each group; groups that took no part are empty.
  using Groups = std::vector<std::string>;

  // All matches from the left without overlap. Bytes that are not UTF-8 match nothing. A problem
  // says which limit the text exceeded.
  [[nodiscard]] Result<std::vector<Groups>> find_all(std::string_view text) const;
  [[nodiscard]] Result<bool> matches(std::string_view text) const;

 private:
  Pattern(std::shared_ptr<void> code, std::string expression, const PatternLimits& limits)
      : code_(std::move(code)), expression_(std::move(expression)), limits_(limits) {}

  [[nodiscard]] Result<std::vector<Groups>> find(std::string_view text, std::size_t most) const;

  std::shared_ptr<void> code_;
  std::string expression_;
  PatternLimits limits_;
};

// lm-evaluation-harness's filter `regex`: the match at `select` (from the end below 0), of it the
// first group that is not empty where there are groups, without white space at its ends;
// `otherwise` where there is none.
[[nodiscard]] Result<std::string> regex_filter(const Pattern& pattern, std::string_view text,
                                               std::int64_t select, std::string_view otherwise);

}  // namespace fettle::metric
