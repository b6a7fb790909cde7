#include "monitor/jsonl.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "monitor/log.h"
#include "tests/monitor/events.h"

namespace fettle::monitor {
namespace {

std::string whole_run(const std::filesystem::path& path) {
  JsonlSink sink(path, JsonlSink::Start::kNew);
  sink.write(make_event(Kind::kRunStarted, 0));
  for (const Event& event : events_of_steps(1, 40)) sink.write(event);
  sink.write(make_event(Kind::kRunFinished, 40));
  sink.flush();
  return read_file(path);
}

TEST(Jsonl, IsThereAsSoonAsItIsWritten) {
  const TestFolder folder("jsonl-live");
  JsonlSink sink(folder.path() / "deeper" / "events.jsonl", JsonlSink::Start::kNew);
  sink.write(step_event(1));
  EXPECT_EQ(read_file(folder.path() / "deeper" / "events.jsonl"),
            to_text(event_json(step_event(1))) + "\n");
}

TEST(Jsonl, ANewRunReplacesTheLog) {
  const TestFolder folder("jsonl-new");
  const std::string once = whole_run(folder.path() / "e");
  EXPECT_EQ(whole_run(folder.path() / "e"), once);
}

// Interrupted anywhere, even inside a line, and resumed from the last checkpoint.
TEST(Jsonl, AResumedRunsLogEqualsAnUninterruptedOnes) {
  const TestFolder folder("jsonl-resume");
  const std::string expected = whole_run(folder.path() / "whole");
  const std::filesystem::path path = folder.path() / "resumed";
  for (const std::int64_t last : {20, 21, 29}) {
    for (const std::size_t torn : {0U, 1U, 30U}) {
      {
        JsonlSink sink(path, JsonlSink::Start::kNew);
        sink.write(make_event(Kind::kRunStarted, 0));
        for (const Event& event : events_of_steps(1, last)) sink.write(event);
      }
      std::ofstream(path, std::ios::app) << to_text(event_json(step_event(30))).substr(0, torn);
      const EventLog kept = truncate_after(path, 20);
      EXPECT_EQ(kept.events.back().step, 20);
      EXPECT_EQ(kept.dropped_lines, torn > 0 ? 1 : 0);
      JsonlSink sink(path, JsonlSink::Start::kContinue);
      sink.write(make_event(Kind::kRunStarted, 20));
      for (const Event& event : events_of_steps(21, 40)) sink.write(event);
      sink.write(make_event(Kind::kRunFinished, 40));
      EXPECT_EQ(read_file(path), expected) << last << " " << torn;
    }
  }
}

TEST(Jsonl, CuttingALogThatIsNotThereDoesNothing) {
  const TestFolder folder("jsonl-none");
  EXPECT_TRUE(truncate_after(folder.path() / "e", 3).events.empty());
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "e"));
}

TEST(Jsonl, SaysWhyItCannotWrite) {
  const TestFolder folder("jsonl-bad");
  try {
    const JsonlSink sink(folder.path(), JsonlSink::Start::kNew);
    FAIL();
  } catch (const IoError& error) {
    EXPECT_EQ(std::string(error.what()),
              folder.path().string() + ": cannot be written: Is a directory");
  }
}

}  // namespace
}  // namespace fettle::monitor
