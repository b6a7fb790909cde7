// Levenshtein's distance of words or characters, and the error rates of speech recognition.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::metric {

// Longer pairs are refused: the product of both lengths, without what they share at the ends.
inline constexpr std::uint64_t kMaxEditPairs = 40'000'000'000;

// Fewest insertions, deletions and substitutions (Levenshtein 1966), 64 cells a step (Myers 1999,
// Hyyro 2003). Throws DataError beyond kMaxEditPairs.
[[nodiscard]] std::int64_t edits(std::span<const std::uint32_t> a,
                                 std::span<const std::uint32_t> b);

// In characters (code points).
[[nodiscard]] std::int64_t character_edits(std::string_view a, std::string_view b);

// {edits, reference's length} of jiwer's word error rate: runs of white space become one space, and
// words end at spaces.
[[nodiscard]] std::vector<double> word_errors(std::string_view answer, std::string_view reference);
// The same of its character error rate: the ends are stripped.
[[nodiscard]] std::vector<double> character_errors(std::string_view answer,
                                                   std::string_view reference);

}  // namespace fettle::metric
