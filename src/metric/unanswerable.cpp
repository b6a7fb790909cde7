#include "metric/unanswerable.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace fettle::metric {

BestThreshold best_threshold(std::span<const double> scores, std::span<const double> silence,
                             std::span<const std::uint8_t> answerable,
                             std::span<const std::uint8_t> empty) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return silence[a] < silence[b]; });
  // From everything silent, one row after another answers.
  double current = static_cast<double>(std::count(answerable.begin(), answerable.end(), 0));
  BestThreshold best{.score = current};
  for (const std::size_t row : order) {
    if (answerable[row] != 0) {
      current += scores[row];
    } else if (empty[row] == 0) {
      current -= 1;
    }
    if (current > best.score) best = {current, silence[row]};
  }
  best.score /= static_cast<double>(scores.size());
  return best;
}

}  // namespace fettle::metric
