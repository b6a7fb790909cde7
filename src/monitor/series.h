// The curves of a run as points, in bounded memory however long the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "monitor/event.h"

namespace fettle::monitor {

struct Point {
  double x = 0;
  double y = 0;
};

// At most kMost points: when they are full, neighbours are averaged, and from then on so many new
// points make one.
class Series {
 public:
  static constexpr std::size_t kMost = 4096;

  // Points that are not finite are left out.
  void add(Point point);
  [[nodiscard]] const std::vector<Point>& points() const { return points_; }

 private:
  std::vector<Point> points_;
  std::int64_t stride_ = 1;
  std::int64_t pending_ = 0;
  Point sum_;
};

// Exponential moving average over about `window` points, corrected for its start (as Adam's means
// are), so that it begins at the first value.
[[nodiscard]] std::vector<Point> smoothed(std::span<const Point> points, double window);

// What the picture shows of a run.
struct Curves {
  Series train_loss;
  Series eval_loss;
  Series learning_rate;

  void add(const Event& event);
};

// Round numbers (1, 2 or 5 times a power of ten) inside [low, high], about `count` of them.
// low < high, both finite; otherwise empty.
[[nodiscard]] std::vector<double> round_ticks(double low, double high, int count);

}  // namespace fettle::monitor
