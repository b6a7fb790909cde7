// The loop: when it evaluates, saves and stops, and what it says of each step.
#include "train/loop.h"

#include <gmock/gmock.h>

#include <limits>

#include "optim/schedule.h"
#include "tests/train/small_run.h"

namespace fettle::train {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using monitor::Kind;

double number(const monitor::Event& event, const std::string& name) {
  const monitor::Value* value = event.find(name);
  if (value == nullptr) return std::numeric_limits<double>::quiet_NaN();
  if (const auto* whole = std::get_if<std::int64_t>(value)) return static_cast<double>(*whole);
  return std::get<double>(*value);
}

std::vector<double> numbers(const std::vector<monitor::Event>& events, Kind kind,
                            const std::string& name) {
  std::vector<double> out;
  for (const monitor::Event& event : events) {
    if (event.kind == kind) out.push_back(number(event, name));
  }
  return out;
}

class Loop : public ::testing::Test {
 protected:
  // Figures that the evaluations answer one after another; the last one stays.
  void answer(const std::string& name, std::vector<double> values) {
    small.train.metric_for_best_model = name;
    small.evaluate = [this, name, values = std::move(values)] {
      return Figures{{name, values[std::min(calls_++, values.size() - 1)]}};
    };
  }
  [[nodiscard]] std::vector<std::int64_t> steps(Kind kind) const {
    return steps_of(small.recorder.events, kind);
  }
  [[nodiscard]] std::vector<std::int64_t> saved() const {
    std::vector<std::int64_t> out;
    for (const auto& [step, path] : list_checkpoints(folder / "run")) out.push_back(step);
    return out;
  }

  EngineFolder folder;
  SmallRun small{folder / "run"};

 private:
  std::size_t calls_ = 0;
};

TEST_F(Loop, LearnsAndReportsEveryStep) {
  small.train.max_steps = 30;
  small.train.logging_steps = 3;
  const RunResult result = small.go();
  EXPECT_EQ(result.total_steps, 30);
  EXPECT_EQ(result.state.step, 30);
  EXPECT_EQ(steps(Kind::kStep), (std::vector<std::int64_t>{3, 6, 9, 12, 15, 18, 21, 24, 27, 30}));
  const auto losses = numbers(small.recorder.events, Kind::kStep, "loss");
  EXPECT_LT(losses.back(), 0.8 * losses.front());
  const auto rates = numbers(small.recorder.events, Kind::kStep, "learning_rate");
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const auto step = static_cast<std::int64_t>(3 * i + 2);  // the third step's index is 2
    EXPECT_DOUBLE_EQ(rates[i], optim::learning_rate(small.optim, step, 30)) << step;
  }
  EXPECT_DOUBLE_EQ(small.recorder.events.back().epoch, 10.0);  // 10 rows, 4 a step
}

TEST_F(Loop, CountsTheTokensThatItTrainedOn) {
  small.train.max_steps = 3;  // one epoch
  const RunResult result = small.go();
  std::int64_t scored = 0;
  for (const auto& row : small.examples) {
    scored += std::count(row.scored.begin(), row.scored.end(), 1);
  }
  EXPECT_EQ(result.state.scored_tokens, scored);
}

TEST_F(Loop, EvaluatesOnSteps) {
  answer("eval_loss", {1.0});
  small.train.eval_strategy = "steps";
  small.train.eval_steps = 4;
  (void)small.go();
  EXPECT_THAT(steps(Kind::kEvaluation), ElementsAre(4, 6));  // and at the end
}

TEST_F(Loop, EvaluatesOnEpochsAndAtTheStart) {
  answer("eval_loss", {1.0});
  small.train.eval_strategy = "epoch";
  small.train.eval_on_start = true;
  small.train.max_steps = -1;
  small.train.num_train_epochs = 2;  // 3 steps each
  (void)small.go();
  EXPECT_THAT(steps(Kind::kEvaluation), ElementsAre(0, 3, 6));
}

TEST_F(Loop, DoesNotEvaluateUnasked) {
  answer("eval_loss", {1.0});
  small.train.eval_strategy = "no";
  (void)small.go();
  EXPECT_THAT(steps(Kind::kEvaluation), IsEmpty());
}

TEST_F(Loop, SavesOnStepsEpochsAndAtTheEnd) {
  small.train.save_strategy = "steps";
  small.train.save_steps = 4;
  (void)small.go();
  EXPECT_THAT(saved(), ElementsAre(4, 6));
  EXPECT_EQ(fs::canonical(folder / "run/last"), fs::canonical(folder / "run/checkpoint-6"));
  SmallRun epochs(folder / "epochs");
  epochs.train.save_strategy = "epoch";
  (void)epochs.go();
  EXPECT_THAT(steps_of(epochs.recorder.events, Kind::kCheckpoint), ElementsAre(3, 6));
  SmallRun none(folder / "none");
  none.train.save_strategy = "no";
  (void)none.go();
  EXPECT_THAT(steps_of(none.recorder.events, Kind::kCheckpoint), ElementsAre(6));
}

TEST_F(Loop, KeepsBestAndNewest) {
  answer("eval_loss", {3.0, 1.0, 2.0, 2.0, 2.0, 2.0});
  small.train.eval_strategy = small.train.save_strategy = "steps";
  small.train.eval_steps = small.train.save_steps = 1;
  small.train.save_total_limit = 1;
  const RunResult result = small.go();
  EXPECT_EQ(result.state.best_step, 2);
  EXPECT_EQ(result.state.best_metric, 1.0);
  EXPECT_THAT(saved(), ElementsAre(2, 6));
  EXPECT_EQ(fs::canonical(folder / "run/best"), fs::canonical(folder / "run/checkpoint-2"));
  EXPECT_EQ(fs::canonical(folder / "run/last"), fs::canonical(folder / "run/checkpoint-6"));
  EXPECT_TRUE(verify_checkpoint(folder / "run/best").has_value());
}

TEST_F(Loop, GreaterIsBetterForWhatIsNoLoss) {
  answer("exact_match", {0.1, 0.7, 0.3});
  small.train.eval_strategy = "steps";
  small.train.eval_steps = 2;
  EXPECT_EQ(small.go().state.best_step, 4);
  SmallRun stated(folder / "stated");
  stated.train = small.train;
  stated.train.greater_is_better = false;
  std::size_t call = 0;
  stated.evaluate = [&] {
    return Figures{{"exact_match", std::vector<double>{0.1, 0.7, 0.3}.at(call++)}};
  };
  EXPECT_EQ(stated.go().state.best_step, 2);
}

TEST_F(Loop, StopsEarlyWhenPatienceEnds) {
  answer("eval_loss", {2.0, 1.0, 1.5, 0.995, 1.0, 0.1});
  small.train.eval_strategy = "steps";
  small.train.eval_steps = 1;
  small.train.early_stopping_patience = 2;
  small.train.early_stopping_threshold = 0.01;  // 0.995 is no gain
  small.log_to(folder / "events.jsonl");
  const RunResult result = small.go();
  EXPECT_TRUE(result.state.stopped_early);
  EXPECT_EQ(result.state.step, 4);
  EXPECT_EQ(result.state.best_step, 2);
  EXPECT_EQ(result.last_checkpoint.filename(), "checkpoint-4");
  // Going on from there is at its end.
  SmallRun again(folder / "run");
  again.train = small.train;
  EXPECT_EQ(again.resume(result.last_checkpoint, folder / "events.jsonl").state.step, 4);
}

TEST_F(Loop, PatienceStartsAnewWithEachGain) {
  answer("eval_loss", {2.0, 2.0, 1.0, 1.0, 0.5, 0.5});
  small.train.eval_strategy = "steps";
  small.train.eval_steps = 1;
  small.train.early_stopping_patience = 2;
  EXPECT_FALSE(small.go().state.stopped_early);
}

TEST_F(Loop, StopsAfterThreeBrokenStepsInARow) {
  small.train.save_strategy = "steps";
  small.train.save_steps = 1;
  const Tensor good = small.decoder.norm.weight.clone();
  small.recorder.on_event = [&](const monitor::Event& event) {
    if (event.kind == Kind::kStep && event.step == 2) {
      small.decoder.norm.weight[0] = std::numeric_limits<double>::quiet_NaN();
    }
  };
  const std::string said = message_of<DataError>([&] { (void)small.go(); });
  EXPECT_THAT(said, AllOf(HasSubstr("step 5"), HasSubstr("3 times in a row"),
                          HasSubstr("train.learning_rate")));
  EXPECT_THAT(steps(Kind::kWarning), ElementsAre(3, 4, 5));
  for (const auto& [step, path] : list_checkpoints(folder / "run")) {
    EXPECT_TRUE(verify_checkpoint(path).has_value());
  }
}

TEST_F(Loop, ABrokenStepDoesNotAdvanceTheSchedule) {
  const Tensor good = small.decoder.norm.weight.clone();
  small.recorder.on_event = [&](const monitor::Event& event) {
    if (event.kind != Kind::kStep) return;
    small.decoder.norm.weight =
        event.step == 2 ? good * std::numeric_limits<double>::quiet_NaN() : good.clone();
  };
  const RunResult result = small.go();
  EXPECT_EQ(result.state.skipped_steps, 1);
  EXPECT_EQ(result.state.nonfinite_in_a_row, 0);
  EXPECT_EQ(small.optimizer->steps(), 5);
  std::vector<double> expected;
  for (const std::int64_t applied : {0, 1, 2, 2, 3, 4}) {
    expected.push_back(optim::learning_rate(small.optim, applied, 6));
  }
  EXPECT_EQ(numbers(small.recorder.events, Kind::kStep, "learning_rate"), expected);
}

TEST_F(Loop, SavesAndThrowsWhenItIsAskedToStop) {
  small.train.save_strategy = "no";
  small.recorder.on_event = [&](const monitor::Event& event) {
    if (event.kind == Kind::kStep && event.step == 2) small.stop = 15;
  };
  try {
    (void)small.go();
    FAIL() << "the run went on";
  } catch (const Interrupted& error) {
    EXPECT_EQ(static_cast<int>(error.exit_code()), 75);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("after step 2 of 6"), HasSubstr("checkpoint-2"),
                                    HasSubstr("--resume")));
  }
  EXPECT_THAT(saved(), ElementsAre(2));
  EXPECT_TRUE(verify_checkpoint(folder / "run/checkpoint-2").has_value());
}

TEST_F(Loop, AStopAtTheLastStepIsTheEnd) {
  small.recorder.on_event = [&](const monitor::Event& event) {
    if (event.kind == Kind::kStep && event.step == 6) small.stop = 2;
  };
  EXPECT_EQ(small.go().state.step, 6);
}

}  // namespace
}  // namespace fettle::train
