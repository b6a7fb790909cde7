#include "data/prepare/svg.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"

namespace fettle::data::prepare {
namespace {

constexpr double kWidth = 760;
constexpr double kLabelWidth = 210;
constexpr double kBarWidth = 400;
constexpr double kRowHeight = 24;

// At most `most` code points, with an ellipsis.
std::string shortened(std::string_view words, std::size_t most) {
  std::size_t points = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if ((static_cast<unsigned char>(words[i]) & 0xC0U) == 0x80U) continue;
    if (++points > most) return std::string(words.substr(0, i)) + "…";
  }
  return std::string(words);
}

std::string rect(double x, double y, double width, double height, std::string_view kind) {
  return text(R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>)", kind, x,
              y, std::max(0.0, width), height);
}

std::string words_at(double x, double y, std::string_view anchor, std::string_view words) {
  return text(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)", x, y, anchor,
              escape_html(words));
}

std::string open_svg(double height) {
  return text(R"(<svg viewBox="0 0 {:.0f} {:.0f}" width="{:.0f}" height="{:.0f}" role="img">)",
              kWidth, height, kWidth, height);
}

}  // namespace

std::string escape_html(std::string_view words) {
  std::string out;
  for (const char c : words) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string bars_svg(const std::vector<Bar>& bars) {
  double most = 0;
  for (const Bar& bar : bars) most = std::max({most, bar.value, bar.before});
  if (bars.empty() || most <= 0) return "";
  std::string out = open_svg(kRowHeight * static_cast<double>(bars.size()) + 4);
  double y = 2;
  for (const Bar& bar : bars) {
    const double middle = y + kRowHeight / 2 + 4;
    out += words_at(kLabelWidth - 8, middle, "end", shortened(bar.label, 30));
    if (bar.before >= 0) {
      out += rect(kLabelWidth, y + 3, kBarWidth * bar.before / most, kRowHeight - 6, "before");
    }
    out += rect(kLabelWidth, y + 6, kBarWidth * bar.value / most, kRowHeight - 12, "after");
    const std::string note =
        bar.note.empty() ? with_commas(static_cast<std::int64_t>(bar.value)) : bar.note;
    const double end = kLabelWidth + kBarWidth * std::max(bar.value, bar.before) / most;
    out += words_at(end + 6, middle, "start", note);
    y += kRowHeight;
  }
  return out + "</svg>\n";
}

std::string histogram_svg(const Histogram& histogram) {
  const std::size_t bins = histogram.after.size();
  double most = 0;
  for (std::size_t i = 0; i < bins; ++i) {
    most = std::max({most, histogram.before[i], histogram.after[i]});
  }
  if (bins == 0 || most <= 0) return "";
  constexpr double kLeft = 60;
  constexpr double kHeight = 180;
  const double width = (kWidth - kLeft - 20) / static_cast<double>(bins);
  std::string out = open_svg(kHeight + 50);
  out += words_at(kLeft - 6, 16, "end", with_commas(static_cast<std::int64_t>(most)));
  out += words_at(kLeft - 6, kHeight + 4, "end", "0");
  out += text(R"(<line x1="{:.0f}" y1="{:.0f}" x2="{:.0f}" y2="{:.0f}"/>)", kLeft, kHeight,
              kWidth - 20, kHeight);
  for (std::size_t i = 0; i < bins; ++i) {
    const double x = kLeft + width * static_cast<double>(i);
    const double pale = (kHeight - 10) * histogram.before[i] / most;
    const double full = (kHeight - 10) * histogram.after[i] / most;
    out += rect(x + 1, kHeight - pale, width - 2, pale, "before");
    out += rect(x + width * 0.2, kHeight - full, width * 0.6, full, "after");
    if (i % 2 == 0) out += words_at(x + 1, kHeight + 18, "start", histogram.ticks[i]);
  }
  out += words_at(kLeft + (kWidth - kLeft) / 2, kHeight + 40, "middle", histogram.axis);
  return out + "</svg>\n";
}

}  // namespace fettle::data::prepare
