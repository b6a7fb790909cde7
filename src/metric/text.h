// Figures of an answer's text against the right ones, and of a text's likelihood.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::metric {

// What two texts are compared as.
enum class Normaliser {
  kNone,
  kStripLower,  // without white space at the ends, in lower case
  kSquad,       // lower case, without ASCII punctuation and the words a, an, the; single spaces
};

// The text that `normaliser` compares. Unicode's full lower case, as Python's str.lower(); bytes
// that are not UTF-8 stay as they are. kSquad: Rajpurkar et al. 2016, evaluate-v2.0.py.
[[nodiscard]] std::string normalised(std::string_view source, Normaliser normaliser);

// Whether the answer equals one of the right texts, normalised. Without a right text, only an
// answer that is normalised to nothing is right (SQuAD 2's unanswerable questions).
[[nodiscard]] bool exact_match(std::string_view answer, std::span<const std::string> right,
                               Normaliser normaliser);

// SQuAD 2's F1 over words, the best over the right texts: words in common, with repeats, against
// both lengths; where a side has no word, 1 if both have none and 0 otherwise.
[[nodiscard]] double token_f1(std::string_view answer, std::span<const std::string> right);

// SQuAD 1.1's (evaluate-v1.1.py): no word in common is 0, also where both sides have none.
[[nodiscard]] double token_f1_v1(std::string_view answer, std::span<const std::string> right);

// exp(nll_sum / tokens); nll_sum in nats. NaN for no tokens.
[[nodiscard]] double perplexity(double nll_sum, std::int64_t tokens);

// nll_sum / (ln 2 * bytes); nll_sum in nats, bytes of the original UTF-8. NaN for no bytes.
[[nodiscard]] double bits_per_byte(double nll_sum, std::int64_t bytes);

}  // namespace fettle::metric
