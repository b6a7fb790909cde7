// The choice of the next token from logits: greedy, or drawn after temperature, top-k and top-p.
#pragma once

#include <cstdint>
#include <span>

#include "base/random.h"
#include "batch/pack.h"

namespace fettle::generate {

struct Sampling {
  double temperature = 0;  // 0: greedy, the lowest id among equals
  std::int64_t top_k = 0;  // 0: off
  double top_p = 1.0;      // 1: off (arXiv 1904.09751)
  std::uint64_t seed = 0;
};

// logits: [vocab]. draw: index of this choice in the seed's stream. Throws UsageError for values
// out of range and DataError when the logits are not numbers.
[[nodiscard]] batch::TokenId choose(std::span<const float> logits, const Sampling& sampling,
                                    std::uint64_t draw);

void check_sampling(const Sampling& sampling);

}  // namespace fettle::generate
