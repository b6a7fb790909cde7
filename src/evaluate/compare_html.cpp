#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "evaluate/compare_report.h"
#include "evaluate/service.h"
#include "metric/classification.h"

namespace fettle::evaluate {
namespace {

constexpr std::string_view kStyle = R"(
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:#1d2733}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #d5dce4}
h3{font-size:1rem;margin-bottom:.3rem}
table{border-collapse:collapse;width:100%;font-size:.88rem}
th,td{padding:.3rem .5rem;text-align:left;border-bottom:1px solid #e6ebf0;vertical-align:top}
th{color:#51606f;font-weight:600}td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}.v{white-space:nowrap}
.better{color:#0a6b3d;font-weight:600}.worse{color:#a61b1b;font-weight:600}.none{color:#51606f}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f6f8;padding:.5rem;margin:.2rem 0;
max-height:16rem;overflow:auto;font-size:.8rem}summary{cursor:pointer;padding:.2rem 0}
small{color:#51606f}@media(max-width:70rem){.pic svg{width:130px}}
.note{color:#51606f;font-size:.85rem}svg{display:block}
)";

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string shown_figure_name(const TaskFigure& figure) {
  return figure.filter == "none" ? figure.metric : figure.metric + ", " + figure.filter;
}

struct Bar {
  double low = 0;
  double value = 0;
  double high = 0;
};

// An interval as a line with a dot, on the axis [from, to]; with a mark at 0 if it lies inside.
std::string interval_picture(const Bar& bar, double from, double to) {
  const auto x = [&](double value) {
    const double share = to > from ? (value - from) / (to - from) : 0.5;
    return 8 + 204 * std::clamp(share, 0.0, 1.0);
  };
  if (!std::isfinite(bar.value)) return "";
  std::string out =
      "<svg width=\"220\" height=\"18\" viewBox=\"0 0 220 18\" role=\"img\"><line x1=\"8\" "
      "x2=\"212\" "
      "y1=\"9\" y2=\"9\" stroke=\"#e1e7ed\"/>";
  if (from < 0 && to > 0) {
    out +=
        text("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"1\" y2=\"17\" stroke=\"#9aa7b4\"/>", x(0));
  }
  if (std::isfinite(bar.low) && std::isfinite(bar.high)) {
    out += text(
        "<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"9\" y2=\"9\" stroke=\"#2f6db5\" "
        "stroke-width=\"4\"/>",
        x(bar.low), x(bar.high));
  }
  return out +
         text("<circle cx=\"{:.1f}\" cy=\"9\" r=\"4.5\" fill=\"#123a66\"/></svg>", x(bar.value));
}

Bar bar_of(const TaskFigure& figure) {
  const metric::Interval interval = figure.interval.value_or(metric::Interval{NAN, NAN});
  return {interval.low, figure.value, interval.high};
}

struct BoardLine {
  std::string model;
  const TaskFigure* figure;
};

std::string board_line(const BoardLine& line, double from, double to) {
  const TaskFigure& figure = *line.figure;
  const Bar bar = bar_of(figure);
  return text(
      "<tr><td title=\"{}\">{}{}</td><td>{}</td><td class=\"n\">{:.4f}</td>"
      "<td class=\"n\">{:.4f} to {:.4f}</td><td>{}</td><td class=\"n\">{}</td></tr>",
      escaped(figure.signature), escaped(shown_figure_name(figure)),
      figure.higher_is_better ? " ↑" : " ↓", escaped(line.model), bar.value, bar.low, bar.high,
      interval_picture(bar, from, to), figure.rows);
}

// One metric's lines, the best model first, on one axis that holds 0 and, for shares, 1.
std::string board(std::vector<BoardLine> lines) {
  double from = 0;
  double to = 0;
  for (const BoardLine& line : lines) {
    const Bar bar = bar_of(*line.figure);
    for (const double end : {bar.low, bar.value, bar.high}) {
      if (!std::isfinite(end)) continue;
      from = std::min(from, end);
      to = std::max(to, end);
    }
  }
  if (to <= 1 && to > 0) to = 1;
  std::ranges::stable_sort(lines, [](const BoardLine& a, const BoardLine& b) {
    return a.figure->higher_is_better ? a.figure->value > b.figure->value
                                      : a.figure->value < b.figure->value;
  });
  std::string out;
  for (const BoardLine& line : lines) out += board_line(line, from, to);
  return out;
}

// The figures of one task: models below one another, each metric on an axis of its own.
std::string leaderboard(const ReportInput& input, const TaskFile& task) {
  std::string out =
      "<div class=\"wide\"><table><tr><th>metric</th><th>model</th><th class=\"n\">value</th>"
      "<th class=\"n\">95% interval</th><th></th><th class=\"n\">n</th></tr>";
  for (const TaskFilter& filter : task.filters) {
    for (const TaskMetric& metric : task.metrics) {
      std::vector<BoardLine> lines;
      for (const Competitor& competitor : input.competitors) {
        for (const TaskResult& result : competitor.results) {
          if (result.task != task.name) continue;
          const TaskFigure* figure = result.find(metric.name, filter.name);
          if (figure != nullptr) lines.push_back({competitor.name, figure});
        }
      }
      out += board(std::move(lines));
    }
  }
  out += "</table></div>";
  for (const Competitor& competitor : input.competitors) {
    for (const TaskResult& result : competitor.results) {
      if (result.task != task.name || !result.service) continue;
      out += text("<p class=\"note\">{} took: {}.</p>", escaped(competitor.name),
                  service_text(*result.service));
    }
  }
  return out;
}

std::string verdict_class(const std::string& verdict) {
  return verdict == "better" || verdict == "worse" ? verdict : "none";
}

// The axis of a metric's differences: as far as the furthest interval, and a little more.
double reach_of(std::span<const Comparison> comparisons, const std::string& metric) {
  double reach = 0;
  for (const Comparison& one : comparisons) {
    if (one.metric != metric) continue;
    for (const double end : {one.interval.low, one.interval.high, one.difference}) {
      if (std::isfinite(end)) reach = std::max(reach, std::abs(end));
    }
  }
  return reach > 0 ? 1.08 * reach : 1;
}

// Two lines a cell: a page of a laptop's width shows the whole row.
std::string test_row(const Comparison& one, double reach) {
  const std::string verdict = one.verdict();
  const std::string filter = one.filter == "none" ? "" : ", " + escaped(one.filter);
  return text(
      "<tr><td>{}<br><small>{}{}</small></td><td>{}</td><td class=\"v {}\">{}</td>"
      "<td class=\"n\">{:+.4f}<br><small>{:+.4f} to {:+.4f}</small></td><td "
      "class=\"pic\">{}</td><td class=\"n\">{:.4f}<br><small>{}</small></td>"
      "<td class=\"n\">{:.4f}</td><td class=\"n\">{:.4f}</td>"
      "<td class=\"n\">{}<br><small>{}</small></td></tr>",
      escaped(one.task), escaped(one.metric), filter, escaped(one.second_name),
      verdict_class(verdict), verdict, one.difference, one.interval.low, one.interval.high,
      interval_picture({one.interval.low, one.difference, one.interval.high}, -reach, reach), one.p,
      escaped(one.test), one.p_holm, one.p_fdr, one.rows,
      std::isfinite(one.needed_rows) ? text("{:.0f}", one.needed_rows) : "–");
}

std::string tests_table(const ReportInput& input) {
  if (input.comparisons.empty()) return "";
  std::string out = text(
      "<h2>Against {}</h2><p class=\"note\">Differences on the same rows. p is two-sided; Holm's "
      "correction bounds the chance of any false alarm among these tests, FDR the share of false "
      "ones. Below n, the number of rows at which a difference of this size would be found with "
      "80% "
      "probability.</p><div class=\"wide\"><table><tr><th>task, metric</th><th>model</th>"
      "<th>verdict</th><th class=\"n\">difference<br><small>95% interval</small></th><th></th><th "
      "class=\"n\">p<br><small>test</small></th><th class=\"n\">Holm</th><th "
      "class=\"n\">FDR</th><th class=\"n\">n<br><small>needed</small></th></tr>",
      escaped(input.competitors[0].name));
  for (const Comparison& one : input.comparisons) {
    out += test_row(one, reach_of(input.comparisons, one.metric));
  }
  return out + "</table></div>";
}

std::string slices_table(const Comparison& one) {
  if (one.slices.empty()) return "";
  std::string out = text(
      "<h3>{}, {}: slices, the worst for {} first</h3><div class=\"wide\"><table><tr>"
      "<th>column</th><th>value</th><th class=\"n\">n</th><th class=\"n\">first</th>"
      "<th class=\"n\">second</th><th class=\"n\">difference</th></tr>",
      escaped(one.task), escaped(one.metric), escaped(one.second_name));
  for (std::size_t i = 0; i < std::min<std::size_t>(one.slices.size(), 20); ++i) {
    const Slice& slice = one.slices[i];
    out += text(
        "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{:.4f}</td>"
        "<td class=\"n\">{:.4f}</td><td class=\"n\">{:+.4f}</td></tr>",
        escaped(slice.column), escaped(slice.value), slice.rows, slice.first, slice.second,
        slice.second - slice.first);
  }
  return out + "</table></div>";
}

std::string_view flip_words(const Comparison& one, const Flip& flip) {
  if (one.judge) return flip.gained ? "the second is better" : "the first is better";
  return flip.gained ? "wrong, then right" : "right, then wrong";
}

std::string flips_list(const Comparison& one) {
  if (one.flips.empty() && !one.judge) return "";
  const auto gained = std::ranges::count_if(one.flips, &Flip::gained);
  const std::ptrdiff_t lost = std::ssize(one.flips) - gained;
  std::string out =
      one.judge
          ? text("<h3>{}: rows that the judge decides ({} for {}, {} against)</h3>",
                 escaped(one.task), gained, escaped(one.second_name), lost)
          : text("<h3>{}, {}: rows that flipped with {} ({} to right, {} to wrong)</h3>",
                 escaped(one.task), escaped(one.metric), escaped(one.second_name), gained, lost);
  if (one.judge) out += text("<p class=\"note\">{}.</p>", escaped(one.judge->sentence()));
  for (const Flip& flip : one.flips) {
    out += text(
        "<details><summary class=\"{}\">row {}: {}</summary><pre>{}</pre><table><tr>"
        "<th>right</th><th>first</th><th>second</th></tr><tr><td>{}</td><td>{}</td><td>{}"
        "</td></tr></table></details>",
        flip.gained ? "better" : "worse", flip.row, flip_words(one, flip), escaped(flip.prompt),
        escaped(flip.right), escaped(flip.first), escaped(flip.second));
  }
  return out;
}

// Confidence of the likeliest choice against how often it is right, in ten bins.
std::string calibration(const TaskResult& result, const std::string& name) {
  struct Bin {
    double confidence = 0;
    std::int64_t right = 0;
    std::int64_t rows = 0;
  };
  std::vector<Bin> bins(10);
  for (const TaskRow& row : result.rows) {
    const std::vector<double> p = probabilities(row);
    if (p.empty()) continue;
    const double best = *std::ranges::max_element(p);
    Bin& bin = bins[std::min<std::size_t>(9, static_cast<std::size_t>(best * 10))];
    bin.confidence += best;
    ++bin.rows;
    const auto said = static_cast<std::int64_t>(likeliest(row, Norm::kNone));
    bin.right += std::ranges::count(row.question.gold, said) > 0 ? 1 : 0;
  }
  std::string out = text(
      "<figure style=\"display:inline-block;margin:.5rem\"><svg width=\"200\" height=\"200\" "
      "viewBox=\"0 0 200 200\" role=\"img\"><rect x=\"20\" y=\"10\" width=\"170\" height=\"170\" "
      "fill=\"none\" stroke=\"#d5dce4\"/><line x1=\"20\" y1=\"180\" x2=\"190\" y2=\"10\" "
      "stroke=\"#9aa7b4\" stroke-dasharray=\"4\"/>");
  for (const Bin& bin : bins) {
    if (bin.rows == 0) continue;
    const auto n = static_cast<double>(bin.rows);
    out += text(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"#2f6db5\" "
        "fill-opacity=\".75\"><title>confidence {:.2f}, right {:.2f}, n {}</title></circle>",
        20 + 170 * bin.confidence / n, 180 - 170 * static_cast<double>(bin.right) / n,
        3 + 9 * std::sqrt(n / static_cast<double>(result.rows.size())), bin.confidence / n,
        static_cast<double>(bin.right) / n, bin.rows);
  }
  return out + text(
                   "<text x=\"105\" y=\"197\" text-anchor=\"middle\" font-size=\"11\">confidence"
                   "</text><text x=\"12\" y=\"95\" text-anchor=\"middle\" font-size=\"11\" "
                   "transform=\"rotate(-90 12 95)\">right</text></svg><figcaption "
                   "class=\"note\">{}</figcaption></figure>",
                   escaped(name));
}

// Truth down, answers across; for tasks whose choices are the same in every row.
std::string confusion_of(const TaskResult& result, const std::string& name) {
  const std::vector<std::string>& labels = result.rows[0].question.choices;
  std::vector<int> truth;
  std::vector<int> said;
  for (const TaskRow& row : result.rows) {
    const bool same = row.question.choices == labels && !row.question.gold.empty();
    if (!same || row.question.gold[0] < 0 || labels.size() > 20 ||
        row.question.gold[0] >= static_cast<std::int64_t>(labels.size())) {
      return "";
    }
    truth.push_back(static_cast<int>(row.question.gold[0]));
    said.push_back(static_cast<int>(likeliest(row, Norm::kNone)));
  }
  const metric::Confusion table = metric::confusion(truth, said, labels.size());
  std::string out = text(
      "<h3>{}: truth down, answers across</h3><div class=\"wide\"><table "
      "style=\"width:auto\"><tr>"
      "<th></th>",
      escaped(name));
  for (const std::string& label : labels) out += text("<th>{}</th>", escaped(label));
  out += "</tr>";
  for (std::size_t i = 0; i < labels.size(); ++i) {
    out += text("<tr><th>{}</th>", escaped(labels[i]));
    const double all = std::max<double>(1, static_cast<double>(table.truths(i)));
    for (std::size_t k = 0; k < labels.size(); ++k) {
      // From white to a blue that dark text still stands out on.
      const double share = static_cast<double>(table.at(i, k)) / all;
      out += text("<td class=\"n\" style=\"background:rgb({:.0f},{:.0f},{:.0f})\">{}</td>",
                  255 - 105 * share, 255 - 70 * share, 255 - 25 * share, table.at(i, k));
    }
    out += "</tr>";
  }
  return out + "</table></div>";
}

std::string choices_pictures(const ReportInput& input, const TaskFile& task) {
  std::string pictures;
  std::string tables;
  for (const Competitor& competitor : input.competitors) {
    for (const TaskResult& result : competitor.results) {
      if (result.task != task.name || result.rows.empty()) continue;
      pictures += calibration(result, competitor.name);
      tables += confusion_of(result, competitor.name);
    }
  }
  return "<h3>Calibration: the likeliest choice's probability against how often it is right</h3>" +
         pictures + tables;
}

}  // namespace

std::string compare_html(const ReportInput& input) {
  std::string out = text(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>{0}</title><style>{1}</style></head><body><h1>{0}</"
      "h1>",
      escaped(input.title), kStyle);
  out += tests_table(input);
  for (const TaskFile& task : input.tasks) {
    out += text("<h2>{}</h2><p class=\"note\">{}</p>", escaped(task.name), escaped(task.help));
    out += leaderboard(input, task);
    if (chooses(task.kind)) out += choices_pictures(input, task);
    for (const Comparison& one : input.comparisons) {
      if (one.task == task.name) out += slices_table(one) + flips_list(one);
    }
  }
  return out + "</body></html>\n";
}

}  // namespace fettle::evaluate
