#include "monitor/curves.h"

#include <cairo.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "base/file.h"
#include "tests/monitor/events.h"

// fontconfig, which cairo looks up its font with, keeps a cache until the process ends.
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig\n"; }

namespace fettle::monitor {
namespace {

struct Pixels {
  int width = 0;
  int height = 0;
  std::vector<std::array<int, 3>> rgb;

  [[nodiscard]] std::int64_t count(const std::function<bool(const std::array<int, 3>&)>& is) const {
    return std::count_if(rgb.begin(), rgb.end(), is);
  }
};

// cairo's reader of PNG is libpng.
Pixels read_png(const std::filesystem::path& path) {
  cairo_surface_t* surface = cairo_image_surface_create_from_png(path.c_str());
  EXPECT_EQ(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
  Pixels out{cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), {}};
  const unsigned char* data = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      const unsigned char* pixel = data + y * stride + 4 * x;
      out.rgb.push_back({pixel[2], pixel[1], pixel[0]});
    }
  }
  cairo_surface_destroy(surface);
  return out;
}

bool near(const std::array<int, 3>& pixel, std::array<int, 3> color) {
  for (std::size_t i = 0; i < 3; ++i) {
    if (std::abs(pixel[i] - color[i]) > 12) return false;
  }
  return true;
}

constexpr std::array<int, 3> kBlue = {31, 112, 181};
constexpr std::array<int, 3> kOrange = {217, 94, 3};
constexpr std::array<int, 3> kGreen = {43, 135, 84};

Pixels picture_of(const std::filesystem::path& folder, const std::vector<Event>& events) {
  CurveSink sink(folder, "poems");
  sink.remember(events);
  sink.write(make_event(Kind::kRunFinished, 100));
  return read_png(folder / "curves.png");
}

TEST(Curves, ShowsEachCurveInItsColour) {
  const TestFolder folder("curves-colours");
  const auto has = [](const Pixels& pixels, std::array<int, 3> color) {
    return pixels.count([&](const auto& pixel) { return near(pixel, color); });
  };
  const Pixels all = picture_of(folder.path(), events_of_steps(1, 100));
  EXPECT_EQ(all.width, 1920);
  EXPECT_EQ(all.height, 1200);
  EXPECT_GT(has(all, kBlue), 3000);
  EXPECT_GT(has(all, kOrange), 3000);
  EXPECT_GT(has(all, kGreen), 2000);
  std::vector<Event> steps;
  for (int step = 1; step <= 100; ++step) steps.push_back(step_event(step));
  const Pixels no_eval = picture_of(folder.path(), steps);
  EXPECT_GT(has(no_eval, kBlue), 3000);
  EXPECT_EQ(has(no_eval, kOrange), 0);
}

TEST(Curves, OneSpikeDoesNotFlattenTheRest) {
  const TestFolder folder("curves-spike");
  std::vector<Event> events;
  for (int step = 1; step <= 400; ++step) {
    events.push_back(step_event(step));
    if (step == 200) events.back().fields[0].second = 1e6;
  }
  const Pixels pixels = picture_of(folder.path(), events);
  std::vector<int> rows;
  for (std::size_t i = 0; i < pixels.rgb.size(); ++i) {
    if (near(pixels.rgb[i], kBlue)) rows.push_back(static_cast<int>(i) / pixels.width);
  }
  ASSERT_GT(rows.size(), 3000U);
  // The curve falls over most of the panel's 600 rows.
  EXPECT_GT(rows[rows.size() * 9 / 10] - rows[rows.size() / 10], 250);
}

TEST(Curves, DrawsRunsWithoutCurves) {
  const TestFolder folder("curves-empty");
  const Pixels none = picture_of(folder.path(), {});
  EXPECT_GT(none.count([](const auto& pixel) {
    return near(pixel, {255, 255, 255});
  }),
            none.width * none.height / 2);
  (void)picture_of(folder.path(), {step_event(1)});
  (void)picture_of(folder.path(),
                   {make_event(Kind::kStep, 5, {{"loss", 0.0}, {"learning_rate", 0.0}}),
                    make_event(Kind::kStep, 6, {{"loss", std::nan("")}})});
}

TEST(Curves, AnyTitleCanBeDrawn) {
  const PictureSize size{.png_scale = 0.5};
  for (const std::string title : {"", "\xff\xfe broken", "a\nb\x1b", "длинное имя 😀"}) {
    const auto drawing = [&](Canvas& canvas) { draw_curves(canvas, size, title, {}); };
    EXPECT_THAT(draw_svg(size, drawing), testing::HasSubstr("<svg"));
    EXPECT_EQ(draw_png(size, drawing).substr(1, 3), "PNG");
  }
}

TEST(Curves, TheSameEventsGiveTheSameBytes) {
  const TestFolder folder("curves-same");
  (void)picture_of(folder.path(), events_of_steps(1, 50));
  const std::string svg = read_file(folder.path() / "curves.svg");
  const std::string png = read_file(folder.path() / "curves.png");
  (void)picture_of(folder.path(), events_of_steps(1, 50));
  EXPECT_TRUE(read_file(folder.path() / "curves.svg") == svg);
  EXPECT_TRUE(read_file(folder.path() / "curves.png") == png);
  EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
}

TEST(Curves, AreDrawnAnewNowAndThenAndAtTheEnd) {
  const TestFolder folder("curves-when");
  CurveSink sink(folder.path(), "t");
  const auto drawn = [&] { return read_file(folder.path() / "curves.svg"); };
  Event event = step_event(1);
  event.unix_time = 5000;
  sink.write(event);
  const std::string first = drawn();
  event = step_event(2);
  event.unix_time = 5001;
  sink.write(event);
  EXPECT_TRUE(drawn() == first);
  event = step_event(3);
  event.unix_time = 5031;
  sink.write(event);
  const std::string second = drawn();
  EXPECT_TRUE(second != first);
  event = step_event(4);
  event.unix_time = 5032;
  sink.write(event);
  EXPECT_TRUE(drawn() == second);
  event.kind = Kind::kRunFinished;
  sink.write(event);
  EXPECT_TRUE(drawn() != second);
}

}  // namespace
}  // namespace fettle::monitor
