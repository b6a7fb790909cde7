#include "monitor/series.h"

#include <algorithm>
#include <cmath>
#include <variant>

namespace fettle::monitor {
namespace {

void add_field(Series& series, const Event& event, const char* name) {
  const Value* value = event.find(name);
  if (value == nullptr) return;
  if (const double* real = std::get_if<double>(value)) {
    series.add({static_cast<double>(event.step), *real});
  } else if (const auto* whole = std::get_if<std::int64_t>(value)) {
    series.add({static_cast<double>(event.step), static_cast<double>(*whole)});
  }
}

}  // namespace

void Series::add(Point point) {
  if (!std::isfinite(point.x) || !std::isfinite(point.y)) return;
  sum_.x += point.x;
  sum_.y += point.y;
  if (++pending_ < stride_) return;
  const auto count = static_cast<double>(stride_);
  points_.push_back({sum_.x / count, sum_.y / count});
  sum_ = {};
  pending_ = 0;
  if (points_.size() < kMost) return;
  for (std::size_t i = 0; i < kMost / 2; ++i) {
    const Point& a = points_[2 * i];
    const Point& b = points_[2 * i + 1];
    points_[i] = {(a.x + b.x) / 2, (a.y + b.y) / 2};
  }
  points_.resize(kMost / 2);
  stride_ *= 2;
}

std::vector<Point> smoothed(std::span<const Point> points, double window) {
  const double decay = 1.0 - 2.0 / (std::max(window, 1.0) + 1.0);
  std::vector<Point> out;
  double mean = 0;
  double weight = 0;
  for (const Point& point : points) {
    mean = decay * mean + (1.0 - decay) * point.y;
    weight = decay * weight + (1.0 - decay);
    out.push_back({point.x, mean / weight});
  }
  return out;
}

void Curves::add(const Event& event) {
  if (event.kind == Kind::kStep) {
    add_field(train_loss, event, "loss");
    add_field(learning_rate, event, "learning_rate");
  } else if (event.kind == Kind::kEvaluation) {
    add_field(eval_loss, event, "eval_loss");
  }
}

std::vector<double> round_ticks(double low, double high, int count) {
  if (!std::isfinite(low) || !std::isfinite(high) || !(low < high) || count < 1) return {};
  const double raw = (high - low) / count;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  if (!(power > 0) || !std::isfinite(power)) return {};
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= raw) step = factor * power;
  }
  std::vector<double> out;
  // Multiples of the step, counted, so that no error adds up; 64 bounds a range without precision.
  const double first = std::ceil(low / step - 1e-9);
  for (int i = 0; i < 64; ++i) {
    const double tick = (first + i) * step;
    if (tick > high + 1e-9 * step) break;
    out.push_back(tick);
  }
  return out;
}

}  // namespace fettle::monitor
