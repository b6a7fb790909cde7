#include "monitor/curve_measures.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fettle::monitor {

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double point_noise(std::span<const Point> points) {
  std::vector<double> bends;
  for (std::size_t i = 2; i < points.size(); ++i) {
    bends.push_back(std::abs(points[i].y - 2 * points[i - 1].y + points[i - 2].y));
  }
  return median_of(std::move(bends)) / (0.6745 * std::sqrt(6.0));
}

Windows windows_of(std::span<const Point> points) {
  const std::size_t size = std::max<std::size_t>(3, points.size() / 10);
  Windows out;
  out.noise = point_noise(points);
  out.error = out.noise * std::sqrt(2.0 / static_cast<double>(size));
  // What does not fill a window is left out of the first one's side.
  for (std::size_t begin = points.size() % size; begin < points.size(); begin += size) {
    Point mean;
    for (const Point& point : points.subspan(begin, size)) {
      mean.x += point.x / static_cast<double>(size);
      mean.y += point.y / static_cast<double>(size);
    }
    out.means.push_back(mean);
  }
  return out;
}

std::size_t Windows::best() const {
  const auto lowest = std::min_element(means.begin(), means.end(),
                                       [](const Point& a, const Point& b) { return a.y < b.y; });
  return static_cast<std::size_t>(lowest - means.begin());
}

double Windows::fall() const { return start() - means[best()].y; }

double Windows::at(double share) const {
  const double place = share * static_cast<double>(means.size() - 1);
  return means[static_cast<std::size_t>(std::lround(place))].y;
}

double remaining_fall(double one_third, double two_thirds, double end) {
  const double earlier = one_third - two_thirds;
  const double later = two_thirds - end;
  if (later <= 0) return 0;
  if (later >= earlier) return std::numeric_limits<double>::infinity();
  const double ratio = later / earlier;
  return later * ratio / (1 - ratio);
}

}  // namespace fettle::monitor
