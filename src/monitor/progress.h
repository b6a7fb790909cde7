// What people see while a run goes on: one live line on a terminal, plain lines in a log.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include "monitor/event.h"
#include "monitor/rate.h"

namespace fettle::monitor {

enum class ProgressStyle {
  kLive,   // a terminal: one line, redrawn in place at most 10 times a second
  kLines,  // a file or a pipe: a line for every log_every-th step and the last one
  kQuiet,  // warnings only
};

struct ProgressOptions {
  ProgressStyle style = ProgressStyle::kLines;
  int width = 80;              // columns of the terminal
  std::int64_t log_every = 1;  // steps
};

// Text as a terminal may get it: control characters, which could move its cursor, become spaces.
[[nodiscard]] std::string printable(std::string_view words);

// Fields of a step that are shown when they are there: loss, learning_rate, grad_norm, tokens
// (since the step event before), memory_bytes. Speed and time left count the time of steps alone,
// not that of evaluations and checkpoints between them.
class ProgressSink final : public Sink {
 public:
  ProgressSink(std::ostream& out, const ProgressOptions& options);
  // Clears the live line.
  ~ProgressSink() override;
  ProgressSink(const ProgressSink&) = delete;
  ProgressSink& operator=(const ProgressSink&) = delete;

  void write(const Event& event) override;
  void flush() override;

 private:
  void measure(const Event& event);
  void step(const Event& event);
  void print(std::string_view line);
  void clear();
  void draw(const Event& event);
  [[nodiscard]] std::string log_line(const Event& event) const;
  [[nodiscard]] std::string live_line(const Event& event) const;
  [[nodiscard]] std::string time_left(const Event& event) const;

  std::ostream& out_;
  ProgressOptions options_;
  RateWindow rate_;
  bool started_ = false;  // last_time_ and last_step_ hold
  double last_time_ = 0;  // of the last event of any kind
  std::int64_t last_step_ = 0;
  double drawn_at_ = 0;
  std::string live_;  // what the live line shows now
};

}  // namespace fettle::monitor
