// Speed over a sliding window of the last reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace fettle::monitor {

class RateWindow {
 public:
  // Keeps reports of the last `seconds` of work, at least one and at most 512.
  explicit RateWindow(double seconds = 60) : window_(seconds) {}

  // One report: what was done in how many seconds of work. Times that are not positive (a clock
  // that was set back) are left out.
  void add(double seconds, std::int64_t steps, double tokens);

  // 0 until there is a report.
  [[nodiscard]] double steps_per_second() const { return seconds_ > 0 ? steps_ / seconds_ : 0; }
  [[nodiscard]] double tokens_per_second() const { return seconds_ > 0 ? tokens_ / seconds_ : 0; }

 private:
  struct Report {
    double seconds;
    double steps;
    double tokens;
  };
  static constexpr std::size_t kMost = 512;

  void sum_up();

  double window_;
  std::deque<Report> reports_;
  double seconds_ = 0;
  double steps_ = 0;
  double tokens_ = 0;
};

}  // namespace fettle::monitor
