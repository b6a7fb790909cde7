#include "evaluate/report.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"

namespace fettle::evaluate {
namespace {

bool is_share(const std::string& name) {
  return !name.ends_with("loss") && !name.ends_with("perplexity");
}

std::string number(const std::string& name, double value) {
  if (!std::isfinite(value)) return "-";
  return is_share(name) ? text("{:.1f}%", 100.0 * value) : text("{:.4g}", value);
}

std::string with_interval(const Figure& figure) {
  std::string out = number(figure.name, figure.value);
  if (figure.interval) {
    out += text(" [{}, {}]", number(figure.name, figure.interval->low),
                number(figure.name, figure.interval->high));
  }
  return out;
}

}  // namespace

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

const Figure* Report::find(const std::string& name) const {
  const auto found = std::find_if(figures.begin(), figures.end(),
                                  [&](const Figure& figure) { return figure.name == name; });
  return found == figures.end() ? nullptr : &*found;
}

Json to_json(const Report& report) {
  Json figures = Json::object();
  for (const Figure& figure : report.figures) {
    Json item = {{"value", number_or_null(figure.value)},
                 {"n", figure.rows},
                 {"signature", figure.signature}};
    if (figure.interval) {
      item["interval"] = {number_or_null(figure.interval->low),
                          number_or_null(figure.interval->high)};
    }
    figures[figure.name] = std::move(item);
  }
  Json out = {{"figures", figures}, {"seconds", report.seconds}};
  if (report.confusion) {
    Json table = Json::array();
    for (std::size_t truth = 0; truth < report.confusion->classes; ++truth) {
      Json line = Json::array();
      for (std::size_t said = 0; said <= report.confusion->classes; ++said) {
        line.push_back(report.confusion->at(truth, said));
      }
      table.push_back(std::move(line));
    }
    out["labels"] = report.labels;
    out["confusion"] = std::move(table);
  }
  return out;
}

std::string figures_text(const Report& report, const Report* before) {
  std::string out;
  if (before != nullptr) out += text("{:<22}{:<24}{}\n", "", "before", "after");
  for (const Figure& figure : report.figures) {
    const Figure* earlier = before == nullptr ? nullptr : before->find(figure.name);
    const std::string first = earlier == nullptr ? "" : with_interval(*earlier);
    out += before == nullptr
               ? text("{:<22}{:<28}n={}\n", figure.name, with_interval(figure), figure.rows)
               : text("{:<22}{:<24}{}\n", figure.name, first, with_interval(figure));
  }
  return out;
}

std::string confusion_text(const Report& report, int width) {
  if (!report.confusion) return "";
  const metric::Confusion& table = *report.confusion;
  std::size_t longest = 5;
  for (const std::string& label : report.labels) longest = std::max(longest, label.size());
  longest = std::min<std::size_t>(longest, 20);
  const auto room = static_cast<std::size_t>(std::max(width, 40)) - longest - 2;
  const std::size_t column = std::clamp<std::size_t>(room / (table.classes + 1), 4, longest + 1);
  const auto cell = [&](const std::string& words) {
    return text("{:>{}}", words.substr(0, column - 1), column);
  };
  std::string out = text("{:<{}}", "truth \\ answer", longest + 2).substr(0, longest + 2);
  for (const std::string& label : report.labels) out += cell(label);
  out += cell("other") + "\n";
  for (std::size_t truth = 0; truth < table.classes; ++truth) {
    out += text("{:<{}}", report.labels[truth].substr(0, longest), longest + 2);
    for (std::size_t said = 0; said <= table.classes; ++said) {
      const std::int64_t count = table.at(truth, said);
      out += cell(count == 0 ? "." : std::to_string(count));
    }
    out += "\n";
  }
  return out;
}

}  // namespace fettle::evaluate
