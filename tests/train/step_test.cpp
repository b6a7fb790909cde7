// One optimizer step: its gradients are those of a plain loop, however it is cut, and a broken one
// changes nothing.
#include "train/step.h"

#include <ATen/ops/log_softmax.h>
#include <gmock/gmock.h>

#include <limits>
#include <map>

#include "tests/train/small_run.h"

namespace fettle::train {
namespace {

// Keeps the gradients that a step would apply.
struct GradientKeeper final : optim::Optimizer {
  std::map<std::string, Tensor> gradients;
  std::int64_t applied = 0;

  void step(std::span<const optim::Parameter> parameters, double) override {
    ++applied;
    for (const auto& parameter : parameters) {
      gradients[parameter.name] = parameter.value.grad().clone();
    }
  }
  [[nodiscard]] std::map<std::string, Tensor> state() const override { return {}; }
  void load_state(std::span<const optim::Parameter>, const std::map<std::string, Tensor>&,
                  std::int64_t) override {}
  [[nodiscard]] std::int64_t steps() const override { return applied; }
};

struct Taken {
  StepReport report;
  std::map<std::string, Tensor> gradients;
};

// B away from zero, so that A has a gradient too.
void move_b(model::Decoder& decoder) {
  for (nn::Linear* linear : model::block_linears(decoder)) {
    linear->low_rank->b.detach().copy_(
        model::random_values(linear->low_rank->b.sizes(), 0.05, linear->name));
  }
}

Taken take(const std::vector<std::vector<std::size_t>>& cut, double max_grad_norm = 0,
           std::int64_t recomputed_layers = 0, double dropout = 0) {
  const EngineFolder folder;
  SmallRun small(folder.path(), dropout);
  move_b(small.decoder);
  std::vector<batch::Pack> packs;
  for (const auto& rows : cut) {
    std::vector<const batch::Example*> examples;
    for (const std::size_t row : rows) examples.push_back(&small.examples[row]);
    packs.push_back(batch::make_pack(examples, {}));
  }
  GradientKeeper keeper;
  Taken out;
  out.report = train_step(small.decoder, *small.objective, packs, small.parameters, keeper,
                          {.learning_rate = 0.1,
                           .max_grad_norm = max_grad_norm,
                           .dropout_seed = 9,
                           .recomputed_layers = recomputed_layers});
  out.gradients = keeper.gradients;
  for (const auto& parameter : small.parameters) {
    EXPECT_FALSE(parameter.value.grad().defined()) << parameter.name;
  }
  return out;
}

// Gradients of sum_rows(weight * that row's summed loss), a row at a time. by_mean: the mistake of
// averaging each micro-batch's own mean.
std::map<std::string, Tensor> plain_gradients(std::size_t rows, bool by_mean, double& loss) {
  const EngineFolder folder;
  SmallRun small(folder.path());
  move_b(small.decoder);
  double counted = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    for (const auto flag : small.examples[r].scored) counted += flag;
  }
  loss = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const batch::Example& row = small.examples[r];
    const Tensor log_probs = at::log_softmax(
        model::logits(small.decoder, model::row_hidden(small.decoder, row.ids)), -1);
    Tensor sum;
    double own = 0;
    for (std::size_t i = 1; i < row.ids.size(); ++i) {
      if (row.scored[i] == 0) continue;
      const Tensor nll =
          -log_probs.select(0, static_cast<std::int64_t>(i) - 1).select(0, row.ids[i]);
      sum = sum.defined() ? sum + nll : nll;
      own += 1;
    }
    const Tensor share = sum / (by_mean ? own * static_cast<double>(rows) : counted);
    share.backward();
    loss += share.item<double>();
  }
  std::map<std::string, Tensor> out;
  for (const auto& parameter : small.parameters) out[parameter.name] = parameter.value.grad();
  return out;
}

double farthest(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  double largest = 0;
  for (const auto& [name, value] : b) {
    largest = std::max(largest, model::relative_distance(a.at(name), value));
  }
  return largest;
}

TEST(Step, LossIsTheWindowsSumOverItsTokens) {
  double loss = 0;
  const auto expected = plain_gradients(4, false, loss);
  double mean_loss = 0;
  const auto wrong = plain_gradients(4, true, mean_loss);
  // The rows are unequal enough for the mean of means to be another figure.
  ASSERT_GT(farthest(wrong, expected), 0.02);
  for (const auto& cut : std::vector<std::vector<std::vector<std::size_t>>>{
           {{0, 1, 2, 3}}, {{0}, {1}, {2}, {3}}, {{0, 1, 2}, {3}}, {{3, 1}, {0, 2}}}) {
    const Taken taken = take(cut);
    EXPECT_NEAR(taken.report.loss, loss, 1e-6 * loss) << cut.size() << " packs";
    EXPECT_LT(farthest(taken.gradients, expected), 1e-5) << cut.size() << " packs";
    EXPECT_EQ(taken.report.rows, 4);
    EXPECT_TRUE(taken.report.applied);
  }
}

TEST(Step, RecomputedLayersChangeNoBit) {
  for (const double dropout : {0.0, 0.3}) {
    const Taken kept = take({{0, 1, 2}, {3, 4}}, 0, 0, dropout);
    for (const std::int64_t layers : {1, 2, 9}) {
      const Taken again = take({{0, 1, 2}, {3, 4}}, 0, layers, dropout);
      EXPECT_EQ(again.report.loss, kept.report.loss);
      ASSERT_EQ(again.gradients.size(), kept.gradients.size());
      for (const auto& [name, value] : kept.gradients) {
        EXPECT_TRUE(again.gradients.at(name).equal(value)) << name << " with " << layers;
      }
    }
  }
  // The dropout is seen at all.
  EXPECT_NE(take({{0, 1}}, 0, 1, 0.3).report.loss, take({{0, 1}}, 0, 1, 0).report.loss);
}

TEST(Step, AccumulatedPacksEqualOne) {
  const Taken whole = take({{0, 1, 2, 3, 4, 5, 6, 7}});
  const Taken parts = take({{0, 1}, {2, 3, 4}, {5}, {6, 7}});
  EXPECT_NEAR(parts.report.loss, whole.report.loss, 1e-6 * whole.report.loss);
  EXPECT_NEAR(parts.report.grad_norm, whole.report.grad_norm, 1e-6 * whole.report.grad_norm);
  EXPECT_EQ(parts.report.counted, whole.report.counted);
  EXPECT_EQ(parts.report.unshared_tokens, whole.report.unshared_tokens);
  double squares = 0;
  double distance = 0;
  for (const auto& [name, value] : whole.gradients) {
    squares += value.square().sum().item<double>();
    distance += (parts.gradients.at(name) - value).square().sum().item<double>();
  }
  EXPECT_LT(std::sqrt(distance / squares), 1e-6);
  EXPECT_NEAR(std::sqrt(squares), whole.report.grad_norm, 1e-5);
}

TEST(Step, ClipsToTheNormAndReportsTheOneBefore) {
  const Taken free = take({{0, 1, 2}});
  const double bound = free.report.grad_norm / 4;
  const Taken clipped = take({{0, 1, 2}}, bound);
  EXPECT_DOUBLE_EQ(clipped.report.grad_norm, free.report.grad_norm);
  for (const auto& [name, value] : free.gradients) {
    EXPECT_LT(model::relative_distance(clipped.gradients.at(name), value / 4.0), 1e-4) << name;
  }
}

TEST(Step, ABrokenStepChangesNothing) {
  for (const double poison :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const EngineFolder folder;
    SmallRun small(folder.path());
    const std::vector<const batch::Example*> rows = {&small.examples[0], &small.examples[1]};
    const std::vector<batch::Pack> packs = {batch::make_pack(rows, {})};
    const auto step = [&] {
      return train_step(small.decoder, *small.objective, packs, small.parameters, *small.optimizer,
                        {.learning_rate = 0.1, .max_grad_norm = 1.0});
    };
    ASSERT_TRUE(step().applied);
    const auto before = copies(small.parameters);
    std::map<std::string, Tensor> moments;
    for (const auto& [name, value] : small.optimizer->state()) moments[name] = value.clone();
    const Tensor good = small.decoder.norm.weight.clone();
    small.decoder.norm.weight[3] = poison;
    const StepReport broken = step();
    EXPECT_FALSE(broken.applied);
    EXPECT_FALSE(std::isfinite(broken.loss) && std::isfinite(broken.grad_norm));
    EXPECT_EQ(largest_change(small.parameters, before), 0.0);
    for (const auto& [name, value] : small.optimizer->state()) {
      EXPECT_EQ(model::largest_difference(value, moments.at(name)), 0.0) << name;
    }
    EXPECT_EQ(small.optimizer->steps(), 1);
    small.decoder.norm.weight = good;
    EXPECT_TRUE(step().applied);
    EXPECT_GT(largest_change(small.parameters, before), 0.0);
  }
}

TEST(Step, RefusesAWindowWithoutScoredTokens) {
  const EngineFolder folder;
  SmallRun small(folder.path());
  for (auto& flag : small.examples[0].scored) flag = 0;
  const std::vector<const batch::Example*> rows = {&small.examples[0]};
  const std::vector<batch::Pack> packs = {batch::make_pack(rows, {})};
  EXPECT_THROW((void)train_step(small.decoder, *small.objective, packs, small.parameters,
                                *small.optimizer, {.learning_rate = 0.1}),
               InternalError);
}

}  // namespace
}  // namespace fettle::train
