// A small canvas over cairo: one drawing, written as SVG and as PNG.
#pragma once

#include <cairo.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "monitor/series.h"

namespace fettle::monitor {

struct Color {
  double red = 0;
  double green = 0;
  double blue = 0;
  double alpha = 1;
};

enum class Align { kLeft, kCentre, kRight };

struct TextStyle {
  double size = 12;  // points
  bool bold = false;
  Align align = Align::kLeft;
  Color color = {0.2, 0.2, 0.2};
};

// Coordinates in points from the top left corner.
class Canvas {
 public:
  // Draws on `cairo`, which must outlive the canvas.
  explicit Canvas(cairo_t* cairo) : cairo_(cairo) {}

  void fill(const Color& color);
  void line(Point from, Point to, double width, const Color& color);
  void polyline(std::span<const Point> points, double width, const Color& color);
  void dot(Point centre, double radius, const Color& color);
  // words: any bytes; what is not UTF-8 is replaced and control characters become spaces.
  void write(Point baseline, std::string_view words, const TextStyle& style);
  [[nodiscard]] double text_width(std::string_view words, const TextStyle& style);
  // Draws only inside the rectangle until unclip().
  void clip(Point corner, double width, double height);
  void unclip();

 private:
  void use(const TextStyle& style);
  void use(const Color& color);

  cairo_t* cairo_;
};

struct PictureSize {
  double width = 960;  // points
  double height = 600;
  double png_scale = 2;  // pixels a point
};

using Drawing = std::function<void(Canvas&)>;

// The bytes of the files. Throw InternalError if cairo fails.
[[nodiscard]] std::string draw_svg(const PictureSize& size, const Drawing& drawing);
[[nodiscard]] std::string draw_png(const PictureSize& size, const Drawing& drawing);

}  // namespace fettle::monitor
