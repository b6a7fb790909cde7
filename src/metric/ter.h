// Translation edit rate (Snover et al. 2006) as sacreBLEU 2 and Tercom compute it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metric/bleu_tokenizers.h"

namespace fettle::metric {

// Longer texts are refused: the search for shifts is bounded by it.
inline constexpr std::size_t kMaxTerWords = 10000;

// A row's sufficient statistics: the fewest edits over the references (insertions, deletions,
// substitutions and shifts of word sequences), and the references' mean length. Throws DataError
// for more than kMaxTerWords words. references: at least one.
[[nodiscard]] std::vector<double> ter_statistics(std::string_view answer,
                                                 std::span<const std::string> references,
                                                 const TerOptions& options);

// 100 * edits / length; empty references give 100, or 0 for an empty answer.
[[nodiscard]] double ter(std::span<const double> statistics);

}  // namespace fettle::metric
