#include "monitor/curves.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/format.h"

namespace fettle::monitor {
namespace {

constexpr Color kWhite = {1, 1, 1};
constexpr Color kGrid = {0.89, 0.89, 0.89};
constexpr Color kAxis = {0.45, 0.45, 0.45};
constexpr Color kTrainFaint = {0.12, 0.44, 0.71, 0.28};
constexpr Color kTrain = {0.12, 0.44, 0.71};
constexpr Color kEval = {0.85, 0.37, 0.01};
constexpr Color kRate = {0.17, 0.53, 0.33};

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void take(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  [[nodiscard]] bool empty() const { return !(low <= high); }
};

// A little room above and below, and a height where all values are the same.
Range padded(Range range) {
  if (range.empty()) return {0, 1};
  const double size = range.high - range.low;
  const double room = size > 0 ? 0.06 * size : std::max(std::abs(range.high) * 0.1, 1e-12);
  return {range.low - room, range.high + room};
}

// A rectangle of the picture and the values at its edges.
struct Panel {
  double left;
  double top;
  double width;
  double height;
  Range x;
  Range y;

  [[nodiscard]] double at_x(double value) const {
    return left + width * (value - x.low) / (x.high - x.low);
  }
  [[nodiscard]] double at_y(double value) const {
    return top + height * (1 - (value - y.low) / (y.high - y.low));
  }
  [[nodiscard]] std::vector<Point> placed(std::span<const Point> points) const {
    std::vector<Point> out;
    for (const Point& point : points) out.push_back({at_x(point.x), at_y(point.y)});
    return out;
  }
};

double smoothing_window(const Curves& curves) {
  return std::max(1.0, static_cast<double>(curves.train_loss.points().size()) / 20);
}

Range step_range(const Curves& curves) {
  Range range{0, 1};
  for (const Series* series : {&curves.train_loss, &curves.eval_loss, &curves.learning_rate}) {
    for (const Point& point : series->points()) range.take(point.x);
  }
  return range;
}

// All evaluations, and all reports but wild ones: what lies further from the middle 98 hundredths
// than twice their size would flatten the rest, and is cut off at the edge.
Range loss_range(const Curves& curves) {
  Range range;
  std::vector<double> single;
  for (const Point& point : curves.train_loss.points()) single.push_back(point.y);
  std::sort(single.begin(), single.end());
  if (!single.empty()) {
    const std::size_t cut = single.size() / 100;
    const double low = single[cut];
    const double high = single[single.size() - 1 - cut];
    const double reach = 2 * (high - low);
    range.take(single.front() < low - reach ? low : single.front());
    range.take(single.back() > high + reach ? high : single.back());
  }
  for (const Point& point : curves.eval_loss.points()) range.take(point.y);
  return padded(range);
}

Range rate_range(const Curves& curves) {
  Range range{0, 0};
  for (const Point& point : curves.learning_rate.points()) range.take(point.y);
  if (!(range.high > 0)) range.high = 1;
  range.high *= 1.1;
  return range;
}

// Ticks of one axis with the same number of decimals, small ones as 2e-4.
std::vector<std::string> tick_texts(const std::vector<double>& ticks) {
  double size = 0;
  for (const double tick : ticks) size = std::max(size, std::abs(tick));
  const double exponent = size > 0 ? std::floor(std::log10(size) + 1e-9) : 0;
  const bool scaled = exponent < -2 || exponent > 5;
  const double scale = scaled ? std::pow(10.0, exponent) : 1;
  double step = 1;
  if (ticks.size() > 1) step = (ticks[1] - ticks[0]) / scale;
  const auto decimals =
      static_cast<int>(std::clamp(-std::floor(std::log10(step) + 1e-9), 0.0, 9.0));
  std::vector<std::string> out;
  for (const double tick : ticks) {
    // A tick beside zero would be written with its sign.
    const double value = std::abs(tick) < 1e-9 * size ? 0 : tick / scale;
    out.push_back(text("{:.{}f}", value, decimals));
    if (scaled && value != 0) out.back() += text("e{}", static_cast<int>(exponent));
  }
  return out;
}

std::string step_text(double value) { return with_commas(std::llround(value)); }

void draw_frame(Canvas& canvas, const Panel& panel, int y_ticks, bool x_labels) {
  const double right = panel.left + panel.width;
  const double bottom = panel.top + panel.height;
  const std::vector<double> rows = round_ticks(panel.y.low, panel.y.high, y_ticks);
  const std::vector<std::string> labels = tick_texts(rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double y = panel.at_y(rows[i]);
    canvas.line({panel.left, y}, {right, y}, 1, kGrid);
    canvas.write({panel.left - 8, y + 4}, labels[i], {.align = Align::kRight});
  }
  for (const double tick : round_ticks(panel.x.low, panel.x.high, 8)) {
    if (tick != std::floor(tick)) continue;
    const double x = panel.at_x(tick);
    canvas.line({x, panel.top}, {x, bottom}, 1, kGrid);
    if (x_labels) canvas.write({x, bottom + 18}, step_text(tick), {.align = Align::kCentre});
  }
  canvas.line({panel.left, panel.top}, {panel.left, bottom}, 1.2, kAxis);
  canvas.line({panel.left, bottom}, {right, bottom}, 1.2, kAxis);
}

void draw_loss(Canvas& canvas, const Panel& panel, const Curves& curves) {
  draw_frame(canvas, panel, 6, false);
  const auto& train = curves.train_loss.points();
  canvas.clip({panel.left, panel.top}, panel.width, panel.height);
  canvas.polyline(panel.placed(train), 1, kTrainFaint);
  canvas.polyline(panel.placed(smoothed(train, smoothing_window(curves))), 2.2, kTrain);
  const std::vector<Point> eval = panel.placed(curves.eval_loss.points());
  canvas.polyline(eval, 1.8, kEval);
  canvas.unclip();
  // Dots at the panel's edge stay whole.
  for (const Point& point : eval) canvas.dot(point, eval.size() > 100 ? 1.6 : 3.4, kEval);
}

void draw_rate(Canvas& canvas, const Panel& panel, const Curves& curves) {
  draw_frame(canvas, panel, 3, true);
  canvas.polyline(panel.placed(curves.learning_rate.points()), 1.8, kRate);
  canvas.write({panel.left + panel.width / 2, panel.top + panel.height + 38}, "optimizer step",
               {.size = 13, .align = Align::kCentre});
}

// From the right edge to the left, on one line.
void draw_legend(Canvas& canvas, Point right, const Curves& curves) {
  std::vector<std::pair<std::string, Color>> rows;
  if (!curves.eval_loss.points().empty()) rows.emplace_back("evaluation loss", kEval);
  if (!curves.train_loss.points().empty()) {
    rows.emplace_back("train loss, smoothed", kTrain);
    rows.emplace_back("train loss", kTrainFaint);
  }
  const TextStyle style{.size = 13};
  double x = right.x;
  for (const auto& [words, color] : rows) {
    x -= canvas.text_width(words, style);
    canvas.write({x, right.y}, words, style);
    canvas.line({x - 30, right.y - 4}, {x - 8, right.y - 4}, 3, color);
    x -= 52;
  }
}

// "last train loss 0.41, best evaluation loss 0.5 at step 40"
std::string summary(const Curves& curves) {
  std::vector<std::string> parts;
  const auto& train = curves.train_loss.points();
  if (!train.empty()) {
    parts.push_back(
        text("train loss {:.4g} at the end", smoothed(train, smoothing_window(curves)).back().y));
  }
  const auto& eval = curves.eval_loss.points();
  if (!eval.empty()) {
    const auto best = std::min_element(eval.begin(), eval.end(),
                                       [](const Point& a, const Point& b) { return a.y < b.y; });
    parts.push_back(text("best evaluation loss {:.4g} at step {}", best->y, step_text(best->x)));
  }
  return join(parts, ", ");
}

}  // namespace

void draw_curves(Canvas& canvas, const PictureSize& size, const std::string& title,
                 const Curves& curves) {
  constexpr double kLeft = 78;
  constexpr double kRight = 28;
  const double width = size.width - kLeft - kRight;
  canvas.fill(kWhite);
  canvas.write({kLeft, 34}, title, {.size = 19, .bold = true});
  canvas.write({kLeft, 56}, summary(curves), {.size = 13, .color = kAxis});
  const Range steps = step_range(curves);
  const double rate_top = size.height - 152;
  canvas.write({kLeft, 88}, "loss", {.size = 13, .bold = true});
  draw_legend(canvas, {size.width - kRight, 88}, curves);
  draw_loss(canvas, {kLeft, 98, width, rate_top - 98 - 42, steps, loss_range(curves)}, curves);
  canvas.write({kLeft, rate_top - 10}, "learning rate", {.size = 13, .bold = true});
  draw_rate(canvas, {kLeft, rate_top, width, 96, steps, rate_range(curves)}, curves);
}

CurveSink::CurveSink(std::filesystem::path folder, std::string title)
    : folder_(std::move(folder)), title_(std::move(title)) {}

void CurveSink::remember(std::span<const Event> events) {
  for (const Event& event : events) curves_.add(event);
}

void CurveSink::write(const Event& event) {
  constexpr double kSecondsBetween = 30;
  curves_.add(event);
  const double since = event.unix_time - drawn_at_;
  if (event.kind != Kind::kRunFinished && since >= 0 && since < kSecondsBetween) return;
  drawn_at_ = event.unix_time;
  draw();
}

void CurveSink::draw() const {
  const PictureSize size;
  const auto drawing = [&](Canvas& canvas) { draw_curves(canvas, size, title_, curves_); };
  make_folders(folder_);
  write_file_atomically(folder_ / "curves.svg", draw_svg(size, drawing));
  write_file_atomically(folder_ / "curves.png", draw_png(size, drawing));
}

}  // namespace fettle::monitor
