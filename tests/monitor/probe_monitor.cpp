// probe_monitor FOLDER writes what sinks make of a run that is interrupted at step 70 and goes on
// from its checkpoint of step 60: FOLDER/tb/ and FOLDER/curves.{svg,png}, FOLDER/events.jsonl.
#include <cstdio>
#include <exception>

#include "monitor/curves.h"
#include "monitor/jsonl.h"
#include "monitor/log.h"
#include "monitor/tensorboard.h"
#include "tests/monitor/events.h"

namespace fettle::monitor {
namespace {

void first_session(const std::filesystem::path& folder) {
  JsonlSink log(folder / "events.jsonl", JsonlSink::Start::kNew);
  TensorBoardSink board(folder / "tb", {.unix_time = 1000, .host = "probe"});
  for (const Event& event : events_of_steps(1, 70)) {
    log.write(event);
    // What this session says of steps after its checkpoint is wrong on purpose.
    Event shown = event;
    if (shown.step > 60) shown.fields = {{"loss", -1.0}};
    board.write(shown);
  }
  board.flush();
}

void second_session(const std::filesystem::path& folder) {
  const EventLog kept = truncate_after(folder / "events.jsonl", 60);
  JsonlSink log(folder / "events.jsonl", JsonlSink::Start::kContinue);
  TensorBoardSink board(folder / "tb", {.unix_time = 2000, .host = "probe", .resumed_after = 60});
  CurveSink curves(folder, "probe");
  curves.remember(kept.events);
  for (const Event& event : events_of_steps(61, 100)) {
    log.write(event);
    board.write(event);
    curves.write(event);
  }
  curves.write(make_event(Kind::kRunFinished, 100));
  board.flush();
}

}  // namespace
}  // namespace fettle::monitor

int main(int count, char** arguments) {
  if (count != 2) return 2;
  try {
    fettle::monitor::first_session(arguments[1]);
    fettle::monitor::second_session(arguments[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
