// METEOR (Lavie and Agarwal 2007) as NLTK 3.8 and later compute it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "metric/synonyms.h"

namespace fettle::metric {

struct MeteorOptions {
  double alpha = 0.9;  // weight of precision in the harmonic mean's denominator
  double beta = 3;     // of fragmentation
  double gamma = 0.5;
};

// The best score in [0, 1] of `answer` over the references, all words in lower case: equal words
// are matched first, then equal stems (Porter), then WordNet synonyms, each time from the end and
// with the last free place. 0 without a match or a reference.
[[nodiscard]] double meteor(const std::vector<std::string>& answer,
                            std::span<const std::vector<std::string>> references,
                            Synonyms& synonyms, const MeteorOptions& options);

}  // namespace fettle::metric
