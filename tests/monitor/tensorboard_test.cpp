#include "monitor/tensorboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "tests/monitor/events.h"

namespace fettle::monitor {
namespace {

// RFC 3720, appendix B.4, and the usual check value.
TEST(TensorBoard, CrcIsCastagnolis) {
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43U);
}

TEST(TensorBoard, TheFileIsNamedAfterTimeAndHost) {
  const TestFolder folder("tb-name");
  const TensorBoardSink sink(folder.path() / "tb", {.unix_time = 1234.9, .host = "box"});
  EXPECT_EQ(sink.path(), folder.path() / "tb" / "events.out.tfevents.0000001234.box");
  EXPECT_THAT(read_file(sink.path()), testing::HasSubstr("brain.Event:2"));
}

TEST(TensorBoard, WritesNumbersOfStepsAndEvaluationsOnly) {
  const TestFolder folder("tb-tags");
  TensorBoardSink sink(folder.path(), {.unix_time = 1, .host = "box"});
  sink.flush();
  const auto empty = std::filesystem::file_size(sink.path());
  sink.write(make_event(Kind::kMessage, 1, {{"message", std::string("x")}, {"loss", 1.0}}));
  sink.write(make_event(Kind::kStep, 1, {{"note", std::string("x")}, {"flag", true}}));
  sink.flush();
  EXPECT_EQ(std::filesystem::file_size(sink.path()), empty);
  sink.write(step_event(1));
  sink.write(evaluation_event(1));
  sink.flush();
  const std::string bytes = read_file(sink.path());
  EXPECT_THAT(bytes, testing::HasSubstr("train/learning_rate"));
  EXPECT_THAT(bytes, testing::HasSubstr("eval/loss"));
  EXPECT_THAT(bytes, testing::Not(testing::HasSubstr("note")));
}

TEST(TensorBoard, SaysWhichFileCannotBeWritten) {
  const TestFolder folder("tb-bad");
  try {
    const TensorBoardSink sink(folder.path(), {.unix_time = 1, .host = "no/such"});
    FAIL();
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("no/such: cannot be written"));
  }
}

}  // namespace
}  // namespace fettle::monitor
