// Spelling mistakes, as people and scanners make them: swapped, missing, doubled and neighbouring
// letters, look-alikes, words out of order.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace fettle::data {

// One edit of the letters (code points of one word) at `at`; false when it does not apply there.
struct NoiseKind {
  std::string_view name;
  std::string_view help;
  bool of_words = false;  // edits a list of words instead of a list of letters
  bool (*edit)(std::vector<std::string>& units, std::size_t at, std::uint64_t bits);
};

// swap, delete, insert, keyboard (QWERTY neighbours), ocr, word_swap, word_delete.
[[nodiscard]] const std::array<NoiseKind, 7>& noise_kinds();

struct NoiseOptions {
  double rate = 0.03;              // edits a letter (or a word, for kinds that edit words)
  std::vector<std::string> kinds;  // empty: all
};

// `text` with mistakes, at least one where any applies; digits and white space stay as they are. A
// function of the text, the options and (random, from). Throws UsageError for an unknown kind.
[[nodiscard]] std::string add_noise(std::string_view text, const NoiseOptions& options,
                                    const Random& random, std::uint64_t from);

}  // namespace fettle::data
