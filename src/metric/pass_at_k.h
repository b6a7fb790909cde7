// pass@k: the chance that one of k samples is right.
#pragma once

#include <cstdint>

namespace fettle::metric {

// The unbiased estimate 1 - C(samples - passed, k) / C(samples, k) (Chen et al. 2021), 1 <= k <=
// samples, 0 <= passed <= samples.
[[nodiscard]] inline double pass_at_k(std::int64_t samples, std::int64_t passed, std::int64_t k) {
  if (samples - passed < k) return 1;
  double none = 1;
  for (std::int64_t i = samples - passed + 1; i <= samples; ++i) {
    none *= 1 - static_cast<double>(k) / static_cast<double>(i);
  }
  return 1 - none;
}

}  // namespace fettle::metric
