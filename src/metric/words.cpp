#include "metric/words.h"

#include <algorithm>

#include "metric/unicode.h"

namespace fettle::metric {

std::vector<std::string> split(const Points& points) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < points.size();) {
    std::size_t end = i;
    while (end < points.size() && !is_space(points[end])) ++end;
    if (end > i) {
      words.push_back(utf8(Points(points.begin() + static_cast<std::ptrdiff_t>(i),
                                  points.begin() + static_cast<std::ptrdiff_t>(end))));
    }
    i = end + 1;
  }
  return words;
}

Points right_stripped(Points points) {
  while (!points.empty() && is_space(points.back())) points.pop_back();
  return points;
}

Points stripped(Points points) {
  points = right_stripped(std::move(points));
  return {std::find_if_not(points.begin(), points.end(), is_space), points.end()};
}

std::vector<std::vector<std::uint32_t>> NgramNumbers::of(std::span<const std::uint32_t> sequence) {
  std::vector<std::vector<std::uint32_t>> out(orders_.size());
  for (std::size_t n = 0; n < orders_.size() && n < sequence.size(); ++n) {
    for (std::size_t i = 0; i + n < sequence.size(); ++i) {
      const std::uint64_t before = n == 0 ? 0 : out[n - 1][i];
      out[n].push_back(orders_[n].of(before << 32 | sequence[i + n]));
    }
  }
  return out;
}

std::vector<std::int64_t> occurrences(std::span<const std::uint32_t> numbers, std::size_t size) {
  std::vector<std::int64_t> counts(size, 0);
  for (const std::uint32_t number : numbers) ++counts[number];
  return counts;
}

}  // namespace fettle::metric
