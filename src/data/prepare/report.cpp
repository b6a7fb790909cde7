// The report page. Its parts stand in the order in which a reader asks: what came out, what to
// beware of, what the stages did, how the rows look, what they are about, where they come from.
#include <algorithm>

#include "base/format.h"
#include "data/prepare/manifest.h"
#include "data/prepare/over_time.h"
#include "data/prepare/pages.h"
#include "data/prepare/svg.h"
#include "data/prepare/tally.h"

namespace fettle::data::prepare {
namespace {

constexpr std::size_t kMostBars = 24;

constexpr std::string_view kStyle = R"(
:root{--ink:#1c2733;--pale:#c9d6e2;--full:#2f6f9f;--line:#dfe5ea;--warn:#9a5b00;--warnback:#fff6e6}
body{font:15px/1.5 system-ui,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;color:var(--ink);
max-width:820px;margin:32px auto;padding:0 20px;background:#fff}
h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 8px;border-bottom:1px solid
var(--line);padding-bottom:4px}p.sub{color:#5b6875;margin:0 0 20px}
table{border-collapse:collapse;width:100%;font-size:14px}th{text-align:left;color:#5b6875;
font-weight:600}td,th{padding:4px 10px 4px 0;border-bottom:1px solid var(--line);
vertical-align:top;overflow-wrap:anywhere;min-width:5em}td:first-child{min-width:9em}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;min-width:0}
svg{max-width:100%;height:auto;display:block;margin:6px 0}svg text{font-size:12px;fill:var(--ink)}
svg line{stroke:var(--line)}.before{fill:var(--pale)}.after{fill:var(--full)}
.key i{display:inline-block;width:12px;height:12px;margin:0 6px 0 14px;vertical-align:-1px}
ul.warn{background:var(--warnback);border-left:4px solid var(--warn);padding:10px 10px 10px 30px}
.figures{display:flex;gap:28px;flex-wrap:wrap}.figures b{display:block;font-size:24px}
)";

constexpr std::string_view kKey =
    "<p class=\"key\"><i style=\"background:var(--pale)\"></i>as read"
    "<i style=\"background:var(--full)\"></i>as written</p>\n";

std::uint64_t number(const Json& object, std::string_view key) {
  return object.at(std::string(key)).get<std::uint64_t>();
}

std::string count(const Json& object, std::string_view key) {
  return with_commas(static_cast<std::int64_t>(number(object, key)));
}

std::string percent(double share) { return text("{:.1f}%", 100 * share); }

std::string cell(std::string_view words) { return text("<td>{}</td>", escape_html(words)); }
std::string figure_cell(std::string_view words) {
  return text("<td class=\"n\">{}</td>", escape_html(words));
}

std::string heading(std::string_view words) { return text("<h2>{}</h2>\n", words); }

std::string figures(const Json& manifest) {
  std::string out = "<div class=\"figures\">";
  out += text("<div><b>{}</b>rows read</div>", count(manifest.at("stages").at(0), "in"));
  out += text("<div><b>{}</b>rows written</div>", count(manifest.at("after"), "rows"));
  for (const Json& file : manifest.at("outputs")) {
    out += text("<div><b>{}</b>{}</div>", count(file, "rows"),
                escape_html(file.at("part").get<std::string>()));
  }
  out += text("<div><b>{}</b>words</div></div>\n", count(manifest.at("after"), "words"));
  return out;
}

std::string warnings(const std::vector<std::string>& list) {
  if (list.empty()) return "<p>No warnings.</p>\n";
  std::string out = "<ul class=\"warn\">";
  for (const std::string& one : list) out += text("<li>{}</li>", escape_html(one));
  return out + "</ul>\n";
}

std::string reasons_of(const Json& stage) {
  std::vector<std::pair<std::uint64_t, std::string>> list;
  for (const char* kind : {"drop_reasons", "change_reasons"}) {
    for (const auto& [reason, times] : stage.at(kind).items()) {
      list.emplace_back(times.get<std::uint64_t>(),
                        std::string(kind[0] == 'd' ? "dropped: " : "changed: ") + reason);
    }
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string out;
  for (std::size_t i = 0; i < std::min<std::size_t>(list.size(), 8); ++i) {
    out += text("{}{} ({})", out.empty() ? "" : "; ", list[i].second,
                with_commas(static_cast<std::int64_t>(list[i].first)));
  }
  return list.size() > 8 ? out + text("; {} more", list.size() - 8) : out;
}

std::string stages(const Json& manifest) {
  std::vector<Bar> bars;
  std::string rows;
  for (const Json& stage : manifest.at("stages")) {
    const std::uint64_t in = number(stage, "in");
    const auto left =
        static_cast<double>(in - std::min(in, number(stage, "dropped")) + number(stage, "made"));
    bars.push_back({stage.at("name").get<std::string>(), left, static_cast<double>(in), ""});
    rows += "<tr>" + cell(stage.at("name").get<std::string>()) + figure_cell(count(stage, "in")) +
            figure_cell(count(stage, "changed")) + figure_cell(count(stage, "dropped")) +
            figure_cell(count(stage, "made")) + cell(reasons_of(stage)) + "</tr>\n";
  }
  return heading("Through the stages") +
         "<p class=\"key\"><i class=\"before\" style=\"background:var(--pale)\"></i>rows in"
         "<i style=\"background:var(--full)\"></i>rows left</p>\n" +
         bars_svg(bars) +
         "<table><tr><th>stage</th><th class=\"n\">in</th><th class=\"n\">changed</th>"
         "<th class=\"n\">dropped</th><th class=\"n\">made</th><th>why</th></tr>\n" +
         rows + "</table>\n";
}

// Counts before and after, the most frequent names.
std::string compared(std::string_view title, const Json& before, const Json& after) {
  std::vector<std::pair<std::uint64_t, std::string>> names;
  Json all = before;
  for (const auto& [name, times] : after.items()) {
    if (find(all, name) == nullptr) all[name] = 0;
  }
  for (const auto& [name, times] : all.items()) {
    const Json* const now = find(after, name);
    names.emplace_back(
        std::max(times.get<std::uint64_t>(), now == nullptr ? 0 : now->get<std::uint64_t>()), name);
  }
  if (names.empty()) return "";
  std::stable_sort(names.begin(), names.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  const auto value = [](const Json& counts, const std::string& name) {
    const Json* const found = find(counts, name);
    return found == nullptr ? 0.0 : found->get<double>();
  };
  std::vector<Bar> bars;
  for (std::size_t i = 0; i < std::min(names.size(), kMostBars); ++i) {
    const std::string& name = names[i].second;
    const double was = value(before, name);
    const double now = value(after, name);
    bars.push_back({name, now, before.empty() ? -1 : was,
                    before.empty() ? ""
                                   : text("{} of {}", with_commas(std::int64_t(now)),
                                          with_commas(std::int64_t(was)))});
  }
  std::string out = heading(title) + bars_svg(bars);
  if (names.size() > kMostBars) out += text("<p>and {} more</p>\n", names.size() - kMostBars);
  return out;
}

std::string lengths(const Json& manifest) {
  const Json& before = manifest.at("before").at("lengths");
  const Json& after = manifest.at("after").at("lengths");
  std::size_t first = kLengthBins;
  std::size_t last = 0;
  for (std::size_t i = 0; i < kLengthBins; ++i) {
    if (before.at(i) == 0 && after.at(i) == 0) continue;
    first = std::min(first, i);
    last = i;
  }
  if (first == kLengthBins) return "";
  Histogram out;
  for (std::size_t i = first; i <= last; ++i) {
    out.ticks.push_back(std::to_string(bin_begin(i)));
    out.before.push_back(before.at(i).get<double>());
    out.after.push_back(after.at(i).get<double>());
  }
  out.axis = "words of a row, from";
  return heading("Lengths") + std::string(kKey) + histogram_svg(out);
}

std::string dates(const Json& manifest) {
  const Histogram rows =
      over_time(manifest.at("before").at("months"), manifest.at("after").at("months"));
  return rows.ticks.empty() ? "" : heading("Over time") + std::string(kKey) + histogram_svg(rows);
}

std::string topics(const std::vector<Topic>& list) {
  if (list.empty()) return "";
  const bool aimed = list.front().target_share >= 0;
  std::string out = heading("Topics of a sample");
  out += text("<table><tr><th>words</th><th class=\"n\">share</th>{}<th>an example</th></tr>\n",
              aimed ? "<th class=\"n\">target</th>" : "");
  for (const Topic& topic : list) {
    out += "<tr>" + cell(join(topic.words, ", ")) + figure_cell(percent(topic.share));
    if (aimed) {
      const bool thin = topic.target_share > 2 * topic.share;
      out += figure_cell(percent(topic.target_share) + (thin ? " (thin)" : ""));
    }
    out += cell(topic.example) + "</tr>\n";
  }
  return out + "</table>\n";
}

std::string sources(const Json& manifest) {
  std::string out = heading("Sources and licences");
  out +=
      "<table><tr><th>source</th><th>licence</th><th>origin</th><th class=\"n\">read</th>"
      "<th class=\"n\">written</th></tr>\n";
  for (const Json& source : manifest.at("sources")) {
    out += "<tr>" + cell(source.at("name").get<std::string>()) +
           cell(known_or_not(source, "licence")) + cell(known_or_not(source, "origin")) +
           figure_cell(count(source, "rows_read")) + figure_cell(count(source, "rows_written")) +
           "</tr>\n";
  }
  return out + "</table>\n";
}

std::string outputs(const Json& manifest) {
  std::string out = heading("Files");
  out +=
      "<table><tr><th>file</th><th class=\"n\">rows</th><th class=\"n\">size</th>"
      "<th>XXH3-128</th></tr>\n";
  for (const Json& file : manifest.at("outputs")) {
    out += "<tr>" + cell(file.at("file").get<std::string>()) + figure_cell(count(file, "rows")) +
           figure_cell(byte_size(number(file, "bytes"))) +
           cell(file.at("xxh3_128").get<std::string>()) + "</tr>\n";
  }
  return out + "</table>\n";
}

}  // namespace

std::string report_html(const Account& account) {
  const Json& manifest = account.manifest;
  const Json& before = manifest.at("before");
  const Json& after = manifest.at("after");
  std::string out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">";
  out += "<meta name=\"viewport\" content=\"width=device-width\">";
  out +=
      text("<title>{}</title><style>{}</style></head><body>\n", escape_html(account.title), kStyle);
  out += text("<h1>{}</h1><p class=\"sub\">what went in, what was done, what came out</p>\n",
              escape_html(account.title));
  out += figures(manifest) + heading("Beware") + warnings(account.warnings) + stages(manifest);
  out += lengths(manifest) + dates(manifest);
  out += compared("Classes", before.at("labels"), after.at("labels"));
  out += compared("Languages", before.at("languages"), after.at("languages"));
  out += compared("Forms", before.at("forms"), after.at("forms"));
  out += topics(account.topics) + sources(manifest) + outputs(manifest);
  return out + "</body></html>\n";
}

}  // namespace fettle::data::prepare
