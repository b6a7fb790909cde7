// A run that was stopped and goes on ends in the same bytes as one that was not.
#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "tests/train/small_run.h"

namespace fettle::train {
namespace {

using monitor::Kind;

// The figure that the runs are judged by: a function of the weights.
double figure_of(const SmallRun& small) {
  double sum = 0;
  for (const auto& parameter : small.parameters) {
    sum += parameter.value.detach().abs().sum().item<double>();
  }
  return sum;
}

void set_up(SmallRun& small, const std::string& save_strategy) {
  small.train.save_strategy = save_strategy;
  small.train.save_steps = 3;
  small.train.eval_strategy = "steps";
  small.train.eval_steps = 2;
  small.train.max_steps = 7;  // over the end of two epochs of 3 steps
  small.evaluate = [&small] { return Figures{{"eval_loss", figure_of(small)}}; };
}

void stop_at(SmallRun& small, std::int64_t step) {
  small.recorder.on_event = [&small, step](const monitor::Event& event) {
    if (event.kind == Kind::kStep && event.step == step) small.stop = 15;
  };
}

// The log without what a clock or the system says.
std::vector<std::string> timeless(const fs::path& log) {
  const std::set<std::string> left_out = {"time", "tokens_per_second", "memory_bytes", "seconds",
                                          "path"};
  std::vector<std::string> out;
  const monitor::EventLog read = monitor::read_events(log);
  EXPECT_EQ(read.dropped_lines, 0);
  for (const monitor::Event& event : read.events) {
    Json kept = Json::object();
    const Json all = monitor::event_json(event);
    for (const auto& [key, value] : all.items()) {
      if (!left_out.contains(key)) kept[key] = value;
    }
    out.push_back(to_text(kept));
  }
  return out;
}

void expect_same_files(const fs::path& ours, const fs::path& theirs) {
  std::set<std::string> names;
  for (const fs::path& folder : {ours, theirs}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      names.insert(entry.path().filename().string());
    }
  }
  ASSERT_GE(names.size(), 7U);
  for (const std::string& name : names) {
    ASSERT_TRUE(fs::exists(ours / name) && fs::exists(theirs / name)) << name;
    EXPECT_TRUE(read_file(ours / name) == read_file(theirs / name)) << name << " differs";
  }
}

void expect_resumed_equals_whole(double dropout, const std::string& save_strategy,
                                 std::int64_t stop) {
  const EngineFolder folder;
  SmallRun whole(folder / "whole", dropout);
  set_up(whole, save_strategy);
  whole.log_to(folder / "whole.jsonl");
  const RunResult expected = whole.go();

  SmallRun first(folder / "parts", dropout);
  set_up(first, save_strategy);
  first.log_to(folder / "parts.jsonl");
  stop_at(first, stop);
  EXPECT_THROW((void)first.go(), Interrupted);
  std::vector<std::string> passed_over;
  const auto latest = latest_checkpoint(folder / "parts", passed_over);
  ASSERT_TRUE(latest.has_value());
  EXPECT_EQ(latest->filename(), text("checkpoint-{}", stop));

  SmallRun second(folder / "parts", dropout);
  set_up(second, save_strategy);
  const RunResult result = second.resume(*latest, folder / "parts.jsonl");
  EXPECT_EQ(result.state.step, expected.state.step);
  EXPECT_EQ(result.state.best_step, expected.state.best_step);
  EXPECT_EQ(largest_change(second.parameters, copies(whole.parameters)), 0.0);
  expect_same_files(result.last_checkpoint, expected.last_checkpoint);
  const auto ours = timeless(folder / "parts.jsonl");
  EXPECT_GE(ours.size(), 12U);
  EXPECT_EQ(ours, timeless(folder / "whole.jsonl"));
}

TEST(Resume, AtASavedStepEqualsTheWholeRun) { expect_resumed_equals_whole(0, "steps", 3); }

TEST(Resume, BetweenSavedStepsEqualsTheWholeRun) { expect_resumed_equals_whole(0, "steps", 4); }

TEST(Resume, BeforeTheFirstSaveEqualsTheWholeRun) { expect_resumed_equals_whole(0, "no", 1); }

TEST(Resume, WithDropoutEqualsTheWholeRun) {
  expect_resumed_equals_whole(0.3, "steps", 3);
  expect_resumed_equals_whole(0.3, "no", 5);
}

TEST(Resume, DropoutIsDrawnAnewEachStepAndSeed) {
  const auto trained = [](double dropout, std::int64_t seed) {
    const EngineFolder folder;
    SmallRun small(folder.path(), dropout);
    small.train.max_steps = 2;
    small.train.seed = seed;
    (void)small.go();
    return copies(small.parameters);
  };
  const EngineFolder folder;
  SmallRun none(folder.path());
  none.train.max_steps = 2;
  (void)none.go();
  EXPECT_GT(largest_change(none.parameters, trained(0.3, 5)), 1e-5);
  EXPECT_EQ(largest_change(none.parameters, trained(0, 5)), 0.0);
}

}  // namespace
}  // namespace fettle::train
