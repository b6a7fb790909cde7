// How varied a set of answers is, and how long.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "metric/bleu.h"

namespace fettle::metric {

using Answers = std::vector<std::vector<std::string>>;  // words of each answer

// Different n-grams over all n-grams of the answers (Li et al. 2016); NaN where there are none.
[[nodiscard]] double distinct_n(std::span<const std::vector<std::string>> answers,
                                std::size_t order);

// Mean BLEU of each answer against all others (Zhu et al. 2018), with effective order; low is
// varied. NaN for fewer than two answers.
[[nodiscard]] double self_bleu(std::span<const std::vector<std::string>> answers,
                               const BleuOptions& options);

}  // namespace fettle::metric
