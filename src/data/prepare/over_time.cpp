#include "data/prepare/over_time.h"

#include <algorithm>
#include <map>
#include <string>

#include "base/format.h"

namespace fettle::data::prepare {
namespace {

constexpr int kMostMonths = 36;
constexpr int kMostYears = 60;
constexpr std::size_t kTicks = 12;

// Months since the year 0, from "2024-05" or "2024".
int month_number(const std::string& period) {
  const int month = period.size() > 5 ? std::stoi(period.substr(period.size() - 2)) - 1 : 0;
  return 12 * std::stoi(period) + month;
}

std::string name_of(int bin, bool months) {
  return months ? text("{:04d}-{:02d}", bin / 12, bin % 12 + 1) : text("{:04d}", bin);
}

// "(others)" stands for rows beyond the names that are counted, whose month is not known.
Json known(Json rows) {
  rows.erase("(others)");
  return rows;
}

bool names_a_month(const std::string& period) { return period.find('-') != std::string::npos; }

}  // namespace

Histogram over_time(const Json& before, const Json& after) {
  bool months = true;
  std::map<int, std::pair<double, double>> counts;  // by month
  const auto add = [&](const Json& rows, double std::pair<double, double>::*side) {
    for (const auto& [period, count] : rows.items()) {
      months = months && names_a_month(period);
      counts[month_number(period)].*side += count.get<double>();
    }
  };
  add(known(before), &std::pair<double, double>::first);
  add(known(after), &std::pair<double, double>::second);
  Histogram out;
  if (counts.empty()) return out;
  months = months && counts.rbegin()->first - counts.begin()->first < kMostMonths;
  std::map<int, std::pair<double, double>> bins;
  for (const auto& [month, sides] : counts) {
    auto& bin = bins[months ? month : month / 12];
    bin.first += sides.first;
    bin.second += sides.second;
  }
  // Gaps are seen, unless there would be nothing else.
  const int first = bins.begin()->first;
  const int last = bins.rbegin()->first;
  if (last - first < std::max(kMostMonths, kMostYears)) {
    for (int bin = first; bin <= last; ++bin) bins.try_emplace(bin);
  }
  // Only every second name is drawn.
  const std::size_t step = 2 * ((bins.size() + 2 * kTicks - 1) / (2 * kTicks));
  for (const auto& [bin, sides] : bins) {
    out.ticks.push_back(out.ticks.size() % step == 0 ? name_of(bin, months) : "");
    out.before.push_back(sides.first);
    out.after.push_back(sides.second);
  }
  out.axis = months ? "month" : "year";
  return out;
}

}  // namespace fettle::data::prepare
