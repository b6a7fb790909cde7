#include "monitor/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/monitor/events.h"

namespace fettle::monitor {
namespace {

using testing::HasSubstr;
using testing::Not;

Event timed(Event event, double unix_time) {
  event.unix_time = unix_time;
  return event;
}

Event plain_step(std::int64_t step, double unix_time) {
  return timed(make_event(Kind::kStep, step,
                          {{"loss", 1.5},
                           {"learning_rate", 1e-4},
                           {"tokens", std::int64_t{3000}},
                           {"memory_bytes", std::int64_t{3'200'000'000}}}),
               unix_time);
}

// What a terminal shows: \r goes to the start of the line, ESC [K clears to its end.
std::vector<std::string> screen_of(std::string_view bytes) {
  std::vector<std::string> lines = {""};
  std::size_t column = 0;
  while (!bytes.empty()) {
    if (bytes.starts_with("\x1b[K")) {
      lines.back().resize(column);
      bytes.remove_prefix(3);
      continue;
    }
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if (c == '\r') {
      column = 0;
    } else if (c == '\n') {
      lines.emplace_back();
      column = 0;
    } else {
      lines.back().resize(std::max(lines.back().size(), column + 1));
      lines.back()[column++] = c;
    }
  }
  return lines;
}

TEST(Progress, ALogHasALineForEachReport) {
  std::ostringstream out;
  ProgressSink sink(out, {.style = ProgressStyle::kLines, .log_every = 2});
  sink.write(timed(make_event(Kind::kRunStarted, 0, {{"rows", std::int64_t{1200}}}), 10));
  for (int step = 1; step <= 4; ++step) sink.write(plain_step(step, 10.0 + 2 * step));
  EXPECT_EQ(out.str(),
            "run started: rows 1,200\n"
            "step 2/100  epoch 0.04  loss 1.5000  lr 0.0001  1,500 tokens/s  3.20 GB  "
            "3 min 16 s left\n"
            "step 4/100  epoch 0.08  loss 1.5000  lr 0.0001  1,500 tokens/s  3.20 GB  "
            "3 min 12 s left\n");
}

TEST(Progress, TheLastStepIsAlwaysLogged) {
  std::ostringstream out;
  ProgressSink sink(out, {.style = ProgressStyle::kLines, .log_every = 64});
  sink.write(plain_step(100, 1));
  EXPECT_THAT(out.str(), HasSubstr("step 100/100"));
}

TEST(Progress, ACheckpointIsAPathASizeAndATime) {
  std::ostringstream out;
  ProgressSink sink(out, {.style = ProgressStyle::kLines});
  sink.write(make_event(Kind::kCheckpoint, 40,
                        {{"path", std::string("runs/demo/checkpoint-40")},
                         {"bytes", std::int64_t{59'000'000}},
                         {"scheduled", true},
                         {"seconds", 0.43}}));
  EXPECT_EQ(out.str(), "checkpoint at step 40/100: runs/demo/checkpoint-40, 59 MB in 0.4 s\n");
}

TEST(Progress, EvaluationsDoNotCountAsTrainingTime) {
  std::ostringstream out;
  ProgressSink sink(out, {.style = ProgressStyle::kLines});
  sink.write(plain_step(1, 10));
  sink.write(plain_step(2, 12));
  sink.write(timed(evaluation_event(2), 512));
  sink.write(plain_step(3, 514));
  EXPECT_THAT(out.str(), HasSubstr("evaluation at step 2/100: eval_loss 2.552\n"));
  EXPECT_THAT(out.str(), HasSubstr("step 3/100  epoch 0.06  loss 1.5000  lr 0.0001  "
                                   "1,500 tokens/s  3.20 GB  3 min 14 s left\n"));
}

TEST(Progress, ATerminalShowsOneLineBelowTheMessages) {
  std::ostringstream out;
  {
    ProgressSink sink(out, {.style = ProgressStyle::kLive, .width = 100});
    sink.write(plain_step(1, 1));
    sink.write(plain_step(50, 50));
    EXPECT_EQ(screen_of(out.str()).back(),
              "50/100  loss 1.5000  50 s left  [##########..........]  lr 0.0001  61 tok/s  "
              "3.20 GB");
    sink.write(make_event(Kind::kWarning, 50, {{"message", std::string("mind the gap")}}));
    const auto lines = screen_of(out.str());
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0], "warning at step 50/100: mind the gap");
    EXPECT_THAT(lines[1], HasSubstr("50/100  loss"));
  }
  // Nothing of the live line stays behind.
  EXPECT_EQ(screen_of(out.str()),
            (std::vector<std::string>{"warning at step 50/100: mind the gap", ""}));
}

TEST(Progress, ATerminalIsRedrawnTenTimesASecondAtMost) {
  std::ostringstream out;
  ProgressSink sink(out, {.style = ProgressStyle::kLive, .width = 80});
  for (int i = 0; i < 1000; ++i) sink.write(plain_step(i % 99, 5.0 + i * 0.001));
  const std::string bytes = out.str();
  EXPECT_LE(std::count(bytes.begin(), bytes.end(), '\r'), 10);
}

TEST(Progress, ANarrowTerminalGetsWhatFits) {
  for (int width = 0; width < 120; ++width) {
    std::ostringstream out;
    ProgressSink sink(out, {.style = ProgressStyle::kLive, .width = width});
    sink.write(plain_step(1, 1));
    sink.write(plain_step(50, 50));
    const std::string line = screen_of(out.str()).back();
    EXPECT_LT(static_cast<int>(line.size()), std::max(width, 20));
    EXPECT_THAT(line, HasSubstr("50/100"));
  }
}

TEST(Progress, QuietPrintsWarningsOnly) {
  std::ostringstream out;
  ProgressSink sink(out, {.style = ProgressStyle::kQuiet});
  for (const Event& event : events_of_steps(1, 30)) sink.write(event);
  sink.write(make_event(Kind::kMessage, 30, {{"message", std::string("hello")}}));
  EXPECT_EQ(out.str(), "");
  sink.write(make_event(Kind::kWarning, 0, {{"message", std::string("mind")}}));
  EXPECT_EQ(out.str(), "warning: mind\n");
}

TEST(Progress, WithoutATotalThereIsNoBarAndNoTimeLeft) {
  std::ostringstream out;
  ProgressSink sink(out, {.style = ProgressStyle::kLive, .width = 100});
  Event event = plain_step(7, 1);
  event.total_steps = 0;
  sink.write(event);
  EXPECT_EQ(screen_of(out.str()).back(), "7  loss 1.5000  lr 0.0001  3.20 GB");
}

TEST(Progress, MessagesCannotSteerTheTerminal) {
  EXPECT_EQ(printable("a\x1b[2Jb\r\n\x7f\xc2\x9b"
                      "1mé"),
            "a [2Jb     1mé");
  std::ostringstream out;
  ProgressSink sink(out, {.style = ProgressStyle::kLines});
  sink.write(make_event(Kind::kMessage, 0, {{"message", std::string("\x1b]0;title\x07")}}));
  EXPECT_THAT(out.str(), Not(HasSubstr("\x1b")));
}

TEST(Rate, ForgetsWhatIsOlderThanTheWindow) {
  RateWindow rate(10);
  EXPECT_EQ(rate.steps_per_second(), 0);
  for (int i = 0; i < 5; ++i) rate.add(4, 1, 40);
  EXPECT_DOUBLE_EQ(rate.tokens_per_second(), 10);
  for (int i = 0; i < 20; ++i) rate.add(1, 1, 40);
  EXPECT_DOUBLE_EQ(rate.tokens_per_second(), 40);
  EXPECT_DOUBLE_EQ(rate.steps_per_second(), 1);
  rate.add(0, 1, 1e9);
  rate.add(-1, 1, 1e9);
  rate.add(1, 0, 1e9);
  EXPECT_DOUBLE_EQ(rate.tokens_per_second(), 40);
  rate.add(100, 1, 100);
  EXPECT_DOUBLE_EQ(rate.tokens_per_second(), 1);
}

}  // namespace
}  // namespace fettle::monitor
