// What texts are split by: literals, character classes, and regular expressions, the well-known
// ones scanned by hand, the others by PCRE2 within limits.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tokenize/piece_text.h"

namespace fettle::tokenize {

// What becomes of the parts that a pattern matched, as the `tokenizers` library names it.
enum class SplitBehavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

class Pattern {
 public:
  virtual ~Pattern() = default;
  // Appends contiguous parts that cover `text` (valid UTF-8), each a match or not. Safe to share
  // between threads. Throws DataError when an expression exceeds its limits on this text.
  virtual void find(std::string_view text, std::vector<Match>& parts) const = 0;
};

[[nodiscard]] std::unique_ptr<Pattern> literal_pattern(std::string text);
// Each character for which `belongs` holds is a match.
[[nodiscard]] std::unique_ptr<Pattern> class_pattern(bool (*belongs)(char32_t));
// An expression in Oniguruma's Ruby syntax. where: file and key, for the DataError that answers an
// expression which cannot be compiled.
[[nodiscard]] std::unique_ptr<Pattern> regex_pattern(std::string_view expression,
                                                     std::string_view where);

// The same expression for PCRE2, whose classes differ from Oniguruma's: \s, \w, \h, \p{..} of newer
// characters, (?m). Throws DataError for what has no equal (&& in a class).
[[nodiscard]] std::string pcre_expression(std::string_view onig, std::string_view where);

// Applies the behaviour in place: afterwards each part is to be kept unless its hit is set.
void apply_behavior(SplitBehavior behavior, std::vector<Match>& parts);

}  // namespace fettle::tokenize
