// Events of a made-up run for tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "monitor/event.h"

namespace fettle::monitor {

inline Event make_event(Kind kind, std::int64_t step,
                        std::vector<std::pair<std::string, Value>> fields = {}) {
  return {.kind = kind,
          .step = step,
          .total_steps = 100,
          .epoch = static_cast<double>(step) / 50.0,
          .unix_time = 1000.0 + static_cast<double>(step),
          .fields = std::move(fields)};
}

inline Event step_event(std::int64_t step) {
  const double x = static_cast<double>(step);
  return make_event(Kind::kStep, step,
                    {{"loss", 2.0 * std::exp(-x / 40.0) + 0.5 + 0.1 * std::sin(x * 12.9898)},
                     {"learning_rate", 2e-4 * (1.0 - x / 100.0)},
                     {"grad_norm", 1.0 + 0.5 * std::cos(x)},
                     {"tokens", std::int64_t{1024}}});
}

inline Event evaluation_event(std::int64_t step) {
  return make_event(Kind::kEvaluation, step,
                    {{"eval_loss", 2.0 * std::exp(-static_cast<double>(step) / 40.0) + 0.65}});
}

// The events of steps first to last: an evaluation and a checkpoint every 10 steps.
inline std::vector<Event> events_of_steps(std::int64_t first, std::int64_t last) {
  std::vector<Event> out;
  for (std::int64_t step = first; step <= last; ++step) {
    out.push_back(step_event(step));
    if (step % 10 != 0) continue;
    out.push_back(evaluation_event(step));
    out.push_back(make_event(Kind::kCheckpoint, step, {{"path", std::string("checkpoint")}}));
  }
  return out;
}

// An empty folder of this test's own, removed at the end.
class TestFolder {
 public:
  explicit TestFolder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() / ("fettle-monitor-" + name)) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace fettle::monitor
