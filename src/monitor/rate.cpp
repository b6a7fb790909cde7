#include "monitor/rate.h"

namespace fettle::monitor {

void RateWindow::add(double seconds, std::int64_t steps, double tokens) {
  if (!(seconds > 0) || steps <= 0 || !(tokens >= 0)) return;
  reports_.push_back({seconds, static_cast<double>(steps), tokens});
  if (reports_.size() > kMost) reports_.pop_front();
  sum_up();
  while (reports_.size() > 1 && seconds_ - reports_.front().seconds >= window_) {
    reports_.pop_front();
    sum_up();
  }
}

// Summed anew each time: running differences would drift.
void RateWindow::sum_up() {
  seconds_ = steps_ = tokens_ = 0;
  for (const Report& report : reports_) {
    seconds_ += report.seconds;
    steps_ += report.steps;
    tokens_ += report.tokens;
  }
}

}  // namespace fettle::monitor
