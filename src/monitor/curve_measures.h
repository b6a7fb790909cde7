// The numbers that judgements of a learning curve rest on.
#pragma once

#include <span>
#include <vector>

#include "monitor/series.h"

namespace fettle::monitor {

// Robust standard deviation of single points around a smooth curve; 0 for fewer than three.
[[nodiscard]] double point_noise(std::span<const Point> points);
[[nodiscard]] double median_of(std::vector<double> values);

// Means of windows that follow one another; the last one ends with the last point.
struct Windows {
  std::vector<Point> means;
  double noise = 0;  // of single points
  double error = 0;  // standard error of the difference of two windows' means

  [[nodiscard]] double start() const { return means.front().y; }
  [[nodiscard]] double end() const { return means.back().y; }
  // The window with the lowest mean, the first of equals.
  [[nodiscard]] std::size_t best() const;
  // start() minus the lowest mean; never negative.
  [[nodiscard]] double fall() const;
  // The mean that stands at this share of the run.
  [[nodiscard]] double at(double share) const;
};
// points: ten or more.
[[nodiscard]] Windows windows_of(std::span<const Point> points);

// What a curve would still lose if its fall went on slowing down as it did: the drops of its second
// and last third as a geometric series. Infinite where it did not slow down.
[[nodiscard]] double remaining_fall(double one_third, double two_thirds, double end);

}  // namespace fettle::monitor
