#include "monitor/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/file.h"
#include "tests/monitor/events.h"

namespace fettle::monitor {
namespace {

std::vector<std::string> lines_of(const std::vector<Event>& events) {
  std::vector<std::string> out;
  for (const Event& event : events) out.push_back(to_text(event_json(event)));
  return out;
}

TEST(Log, AnEventIsOneObject) {
  Event event = make_event(Kind::kStep, 3, {{"loss", 0.25}, {"tokens", std::int64_t{7}}});
  EXPECT_EQ(to_text(event_json(event)),
            R"({"event":"step","step":3,"epoch":0.06,"time":1003.0,"loss":0.25,"tokens":7})");
  event = make_event(Kind::kRunStarted, 0, {{"resumed", false}, {"name", std::string("a\"b\n")}});
  EXPECT_EQ(to_text(event_json(event)),
            "{\"event\":\"run_started\",\"step\":0,\"epoch\":0.0,\"time\":1000.0,"
            "\"total_steps\":100,\"resumed\":false,\"name\":\"a\\\"b\\n\"}");
}

TEST(Log, NumbersThatAreNotFiniteAreNull) {
  const Event event = make_event(Kind::kStep, 1, {{"loss", std::nan("")}, {"grad_norm", HUGE_VAL}});
  EXPECT_THAT(to_text(event_json(event)), testing::HasSubstr(R"("loss":null,"grad_norm":null)"));
  const Event back = *event_from_json(event_json(event), "x");
  EXPECT_TRUE(std::isnan(std::get<double>(*back.find("loss"))));
}

TEST(Log, FieldsCannotTakeTheEventsOwnNames) {
  const Event event = make_event(Kind::kMessage, 1, {{"event", std::string("x")}, {"step", 9.0}});
  EXPECT_EQ(to_text(event_json(event)),
            R"({"event":"message","step":1,"epoch":0.02,"time":1001.0})");
}

TEST(Log, EventsComeBackFromJson) {
  for (const Kind kind : {Kind::kRunStarted, Kind::kStep, Kind::kEvaluation, Kind::kCheckpoint,
                          Kind::kWarning, Kind::kMessage, Kind::kRunFinished}) {
    const Event event = make_event(
        kind, 5, {{"a", 0.1}, {"b", std::int64_t{-3}}, {"c", true}, {"d", std::string("é")}});
    const Event back = *event_from_json(event_json(event), "x");
    EXPECT_EQ(back.kind, kind);
    EXPECT_EQ(back.fields, event.fields);
    EXPECT_EQ(event_json(back), event_json(event));
  }
}

TEST(Log, RefusesWhatIsNoEvent) {
  const auto failure = [](const char* json) {
    return event_from_json(Json::parse(json), "log:3").error().message();
  };
  EXPECT_EQ(failure("[1]"), "log:3: is no event: an event is a JSON object");
  EXPECT_EQ(failure("{}"), "log:3: is no event: it has no \"event\"");
  EXPECT_EQ(failure(R"({"event":"stop"})"), "log:3: is no event: its \"event\" is not known");
  EXPECT_EQ(failure(R"({"event":1})"), "log:3: is no event: its \"event\" is not known");
  EXPECT_EQ(failure(R"({"event":"step","step":"1"})"),
            "log:3: is no event: its \"step\" is no whole number");
}

TEST(Log, ReadsPastTornAndDamagedLines) {
  const TestFolder folder("log-torn");
  const std::string good = to_text(event_json(step_event(1))) + "\n";
  write_file_atomically(folder.path() / "e", good + "{\"event\":\n" + std::string(4, '\0') + "\n" +
                                                 good + good.substr(0, 20));
  const EventLog log = read_events(folder.path() / "e");
  EXPECT_EQ(log.events.size(), 2U);
  EXPECT_EQ(log.dropped_lines, 3);
}

TEST(Log, CutsPastTheCheckpoint) {
  std::vector<Event> all = events_of_steps(1, 25);
  const std::vector<std::string> until_20 = lines_of(events_of_steps(1, 20));
  EXPECT_EQ(lines_of(events_until(all, 20)), until_20);
  // What was said at the checkpoint's step, after it, belongs to the session that ended.
  std::vector<Event> ended = events_of_steps(1, 20);
  ended.push_back(make_event(Kind::kMessage, 20, {{"message", std::string("stopping")}}));
  ended.push_back(make_event(Kind::kRunFinished, 20, {{"state", std::string("interrupted")}}));
  EXPECT_EQ(lines_of(events_until(ended, 20)), until_20);
  // A checkpoint that was made because of the interruption is not in an uninterrupted run's log.
  std::vector<Event> stopped = events_of_steps(1, 17);
  stopped.push_back(make_event(Kind::kCheckpoint, 17, {{"scheduled", false}}));
  stopped.push_back(make_event(Kind::kRunFinished, 17));
  EXPECT_EQ(lines_of(events_until(stopped, 17)), lines_of(events_of_steps(1, 17)));
}

TEST(Log, HistoryIsHuggingFaces) {
  std::vector<Event> events = {
      make_event(Kind::kRunStarted, 0),
      make_event(Kind::kStep, 1,
                 {{"loss", 2.5},
                  {"learning_rate", 1e-4},
                  {"grad_norm", 0.5},
                  {"tokens", std::int64_t{9}}}),
      make_event(Kind::kEvaluation, 1,
                 {{"eval_loss", 2.25}, {"exact_match", 0.5}, {"split", std::string("test")}}),
      make_event(Kind::kCheckpoint, 1),
      make_event(Kind::kRunFinished, 1, {{"train_loss", 2.5}, {"state", std::string("done")}})};
  EXPECT_EQ(to_text(log_history(events)),
            R"([{"epoch":0.02,"grad_norm":0.5,"learning_rate":0.0001,"loss":2.5,"step":1},)"
            R"({"epoch":0.02,"eval_loss":2.25,"eval_exact_match":0.5,"step":1},)"
            R"({"epoch":0.02,"train_loss":2.5,"step":1}])");
}

}  // namespace
}  // namespace fettle::monitor
