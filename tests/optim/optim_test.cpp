#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

namespace fettle::optim {
namespace {

Parameter parameter(const std::string& name, double value, double gradient) {
  Parameter out{name, at::full({3}, value, at::TensorOptions(at::kFloat)), decays(name)};
  out.value.requires_grad_(true);
  out.value.mutable_grad() = at::full({3}, gradient, at::TensorOptions(at::kFloat));
  return out;
}

// The update rule of the paper in double precision.
struct Reference {
  double value, m = 0, v = 0;
  void step(double gradient, int t, double rate, const OptimConfig& c, double decay) {
    value -= rate * decay * value;
    m = c.adam_beta1 * m + (1 - c.adam_beta1) * gradient;
    v = c.adam_beta2 * v + (1 - c.adam_beta2) * gradient * gradient;
    const double m_hat = m / (1 - std::pow(c.adam_beta1, t));
    const double v_hat = v / (1 - std::pow(c.adam_beta2, t));
    value -= rate * m_hat / (std::sqrt(v_hat) + c.adam_epsilon);
  }
};

TEST(AdamW, FollowsThePapersRule) {
  OptimConfig config;
  config.weight_decay = 0.1;
  const auto optimizer = make_optimizer(config);
  std::vector<Parameter> parameters = {parameter("w.weight", 1.0, 0.0),
                                       parameter("norm.weight", 1.0, 0.0)};
  Reference decayed{1.0};
  Reference spared{1.0};
  for (int t = 1; t <= 20; ++t) {
    const double gradient = std::sin(t);
    for (Parameter& p : parameters) p.value.mutable_grad().fill_(gradient);
    optimizer->step(parameters, 0.01);
    decayed.step(gradient, t, 0.01, config, 0.1);
    spared.step(gradient, t, 0.01, config, 0.0);
  }
  EXPECT_NEAR(parameters[0].value[0].item<double>(), decayed.value, 1e-5);
  EXPECT_NEAR(parameters[1].value[2].item<double>(), spared.value, 1e-5);
  EXPECT_EQ(optimizer->steps(), 20);
}

TEST(AdamW, StateRestoredByNameContinuesTheSame) {
  const OptimConfig config;
  std::vector<Parameter> one = {parameter("a", 1.0, 0.5), parameter("b", 2.0, -0.5)};
  const auto first = make_optimizer(config);
  first->step(one, 0.1);
  std::vector<Parameter> two = {parameter("b", 0.0, 0.0), parameter("a", 0.0, 0.0)};
  two[0].value.detach().copy_(one[1].value.detach());
  two[1].value.detach().copy_(one[0].value.detach());
  const auto second = make_optimizer(config);
  second->load_state(two, first->state(), first->steps());
  for (auto* list : {&one, &two}) {
    for (Parameter& p : *list) p.value.mutable_grad().fill_(p.name == "a" ? 0.3 : 0.1);
  }
  first->step(one, 0.1);
  second->step(two, 0.1);
  EXPECT_EQ(one[0].value[0].item<float>(), two[1].value[0].item<float>());
  EXPECT_EQ(one[1].value[0].item<float>(), two[0].value[0].item<float>());
}

TEST(AdamW, RefusesAStateThatDoesNotFit) {
  std::vector<Parameter> parameters = {parameter("a", 1.0, 0.5)};
  const auto optimizer = make_optimizer({});
  optimizer->step(parameters, 0.1);
  auto state = optimizer->state();
  state["exp_avg.a"] = at::zeros({4});
  EXPECT_THROW(optimizer->load_state(parameters, state, 1), ModelError);
  state.erase("exp_avg.a");
  EXPECT_THROW(optimizer->load_state(parameters, state, 1), ModelError);
  state = optimizer->state();
  state["exp_avg.b"] = at::zeros({3});
  EXPECT_THROW(optimizer->load_state(parameters, state, 1), ModelError);
}

TEST(Clip, ScalesToTheGlobalNorm) {
  std::vector<Parameter> parameters = {parameter("a", 0.0, 3.0), parameter("b", 0.0, 4.0)};
  const double norm = gradient_norm(parameters);
  EXPECT_NEAR(norm, std::sqrt(3 * 9.0 + 3 * 16.0), 1e-6);
  clip_gradients(parameters, norm, 0.0);
  EXPECT_NEAR(gradient_norm(parameters), norm, 1e-9);
  clip_gradients(parameters, norm, 1.0);
  EXPECT_NEAR(gradient_norm(parameters), 1.0, 1e-5);
  clip_gradients(parameters, 1.0, 5.0);
  EXPECT_NEAR(gradient_norm(parameters), 1.0, 1e-5);
  clear_gradients(parameters);
  EXPECT_EQ(gradient_norm(parameters), 0.0);
  Parameter broken = parameter("c", 0.0, std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(std::isnan(gradient_norm(std::span(&broken, 1))));
}

TEST(Schedule, EqualsTransformers) {
  OptimConfig config;
  config.learning_rate = 1.0;
  config.warmup_steps = 2;
  const auto at = [&](const char* name, std::int64_t step) {
    config.lr_scheduler_type = name;
    return learning_rate(config, step, 10);
  };
  EXPECT_DOUBLE_EQ(at("linear", 0), 0.0);
  EXPECT_DOUBLE_EQ(at("linear", 1), 0.5);
  EXPECT_DOUBLE_EQ(at("linear", 2), 1.0);
  EXPECT_DOUBLE_EQ(at("linear", 6), 0.5);
  EXPECT_DOUBLE_EQ(at("linear", 9), 0.125);
  EXPECT_DOUBLE_EQ(at("cosine", 6), 0.5);
  EXPECT_NEAR(at("cosine", 9), 0.5 * (1 + std::cos(M_PI * 7 / 8)), 1e-12);
  EXPECT_DOUBLE_EQ(at("constant", 9), 1.0);
  config.warmup_steps = 0;
  config.warmup_ratio = 0.15;
  EXPECT_EQ(warmup_steps(config, 10), 2);
  EXPECT_THROW((void)at("cosin", 0), UsageError);
}

}  // namespace
}  // namespace fettle::optim
