// ROUGE (Lin 2004) as rouge-score 0.1.2 computes it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metric/classification.h"

namespace fettle::metric {

enum class RougeKind { kN, kL, kLsum };

struct RougeOptions {
  RougeKind kind = RougeKind::kN;
  std::size_t order = 1;  // of kN's n-grams
  bool use_stemmer = false;
};

// A longest common subsequence of more word pairs than this is refused.
inline constexpr std::size_t kMaxRougePairs = 250'000'000;

// Precision, recall and F1 against the reference with the largest F1; zeros without a reference.
// Words are runs of a to z and 0 to 9 in lower case: other alphabets have none. kLsum takes line
// ends for sentences' ends. Throws DataError beyond kMaxRougePairs.
[[nodiscard]] Scores rouge(std::string_view answer, std::span<const std::string> references,
                           const RougeOptions& options);

}  // namespace fettle::metric
