#include "monitor/picture.h"

#include <cairo-svg.h>

#include <cmath>
#include <memory>
#include <numbers>

#include "base/error.h"
#include "base/json.h"
#include "monitor/progress.h"

namespace fettle::monitor {
namespace {

struct SurfaceDeleter {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct CairoDeleter {
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
};
using Surface = std::unique_ptr<cairo_surface_t, SurfaceDeleter>;

cairo_status_t append_bytes(void* out, const unsigned char* data, unsigned int size) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), size);
  return CAIRO_STATUS_SUCCESS;
}

void require(cairo_status_t status) {
  if (status == CAIRO_STATUS_SUCCESS) return;
  throw InternalError("the picture cannot be drawn: {}",
                      std::string_view(cairo_status_to_string(status)));
}

void draw_on(cairo_surface_t* surface, double scale, const Drawing& drawing) {
  const std::unique_ptr<cairo_t, CairoDeleter> cairo(cairo_create(surface));
  cairo_scale(cairo.get(), scale, scale);
  Canvas canvas(cairo.get());
  drawing(canvas);
  require(cairo_status(cairo.get()));
}

// cairo stops at bytes that are not UTF-8: they are replaced on the way through JSON.
std::string clean(std::string_view words) {
  const auto text = parse_json(to_text(Json(std::string(words.substr(0, 512)))), "text");
  return printable(text ? text->get<std::string>() : "");
}

// cairo numbers surfaces over the whole process; without the number the same drawing gives the same
// bytes. Nothing refers to this name.
void drop_surface_number(std::string& svg) {
  constexpr std::string_view kStart = " id=\"surface";
  const std::size_t at = svg.find(kStart);
  if (at == std::string::npos) return;
  const std::size_t end = svg.find('"', at + kStart.size());
  if (end != std::string::npos) svg.erase(at, end + 1 - at);
}

}  // namespace

void Canvas::use(const Color& color) {
  cairo_set_source_rgba(cairo_, color.red, color.green, color.blue, color.alpha);
}

void Canvas::use(const TextStyle& style) {
  cairo_select_font_face(cairo_, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo_, style.size);
}

void Canvas::fill(const Color& color) {
  use(color);
  cairo_paint(cairo_);
}

void Canvas::line(Point from, Point to, double width, const Color& color) {
  const Point both[] = {from, to};
  polyline(both, width, color);
}

void Canvas::polyline(std::span<const Point> points, double width, const Color& color) {
  if (points.empty()) return;
  use(color);
  cairo_set_line_width(cairo_, width);
  cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
  cairo_move_to(cairo_, points.front().x, points.front().y);
  for (const Point& point : points.subspan(1)) cairo_line_to(cairo_, point.x, point.y);
  cairo_stroke(cairo_);
}

void Canvas::dot(Point centre, double radius, const Color& color) {
  use(color);
  cairo_arc(cairo_, centre.x, centre.y, radius, 0, 2 * std::numbers::pi);
  cairo_fill(cairo_);
}

void Canvas::write(Point baseline, std::string_view words, const TextStyle& style) {
  const double width = style.align == Align::kLeft ? 0 : text_width(words, style);
  const double back = style.align == Align::kRight ? width : width / 2;
  use(style);
  use(style.color);
  cairo_move_to(cairo_, baseline.x - back, baseline.y);
  cairo_show_text(cairo_, clean(words).c_str());
  cairo_new_path(cairo_);
}

double Canvas::text_width(std::string_view words, const TextStyle& style) {
  use(style);
  cairo_text_extents_t extents;
  cairo_text_extents(cairo_, clean(words).c_str(), &extents);
  return extents.x_advance;
}

void Canvas::clip(Point corner, double width, double height) {
  cairo_save(cairo_);
  cairo_rectangle(cairo_, corner.x, corner.y, width, height);
  cairo_clip(cairo_);
}

void Canvas::unclip() { cairo_restore(cairo_); }

std::string draw_svg(const PictureSize& size, const Drawing& drawing) {
  std::string out;
  const Surface surface(
      cairo_svg_surface_create_for_stream(append_bytes, &out, size.width, size.height));
  require(cairo_surface_status(surface.get()));
  draw_on(surface.get(), 1, drawing);
  cairo_surface_finish(surface.get());
  require(cairo_surface_status(surface.get()));
  drop_surface_number(out);
  return out;
}

std::string draw_png(const PictureSize& size, const Drawing& drawing) {
  const auto pixels = [&](double points) {
    return static_cast<int>(std::lround(points * size.png_scale));
  };
  const Surface surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, pixels(size.width), pixels(size.height)));
  require(cairo_surface_status(surface.get()));
  draw_on(surface.get(), size.png_scale, drawing);
  std::string out;
  require(cairo_surface_write_to_png_stream(surface.get(), append_bytes, &out));
  return out;
}

}  // namespace fettle::monitor
