// Pictures of a report page as inline SVG. Every text that comes from rows is escaped here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fettle::data::prepare {

[[nodiscard]] std::string escape_html(std::string_view words);

struct Bar {
  std::string label;
  double value = 0;
  double before = -1;  // drawn pale behind the value; below 0: none
  std::string note;    // written behind the bar; empty: the value
};

// Horizontal bars, one below another.
[[nodiscard]] std::string bars_svg(const std::vector<Bar>& bars);

struct Histogram {
  std::vector<std::string> ticks;  // of each bin's beginning
  std::vector<double> before;
  std::vector<double> after;
  std::string axis;
};

[[nodiscard]] std::string histogram_svg(const Histogram& histogram);

}  // namespace fettle::data::prepare
