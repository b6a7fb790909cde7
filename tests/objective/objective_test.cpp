#include "objective/objective.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/nearest.h"
#include "base/random.h"
#include "objective/head_log_probs.h"
#include "objective/log_probs.h"

namespace fettle::objective {
namespace {

Tensor random_logits(std::int64_t rows, std::int64_t vocab, double scale) {
  const Random random(5, "logits");
  Tensor out = at::empty({rows, vocab}, at::TensorOptions(at::kFloat));
  float* const data = out.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i) {
    data[i] = static_cast<float>(scale * random.normal(static_cast<std::uint64_t>(i)));
  }
  return out;
}

// log softmax(row)[target] in double precision, a term at a time.
double naive_log_prob(const Tensor& logits, std::int64_t row, std::int64_t target) {
  const auto values = logits.accessor<float, 2>();
  double best = values[row][0];
  for (std::int64_t i = 0; i < logits.size(1); ++i) best = std::max(best, double{values[row][i]});
  double sum = 0;
  for (std::int64_t i = 0; i < logits.size(1); ++i) sum += std::exp(values[row][i] - best);
  return values[row][target] - best - std::log(sum);
}

const std::vector<std::int64_t> kTargets = {3, 0, 11, 3};

TEST(LogProbs, EqualTheDefinition) {
  for (const double scale : {0.1, 3.0, 2000.0}) {
    const Tensor logits = random_logits(4, 12, scale);
    const Tensor ours = target_log_probs(logits, tensor::tensor_of(kTargets, at::Device(at::kCPU)));
    ASSERT_EQ(ours.scalar_type(), at::kFloat);
    for (std::int64_t row = 0; row < 4; ++row) {
      const double expected = naive_log_prob(logits, row, kTargets[static_cast<std::size_t>(row)]);
      EXPECT_NEAR(ours[row].item<double>(), expected, 1e-6 * std::max(1.0, std::abs(expected)));
    }
  }
}

TEST(LogProbs, BfloatLogitsAreSummedInFloat) {
  const Tensor logits = at::full({1, 4096}, 1.0, at::TensorOptions(at::kBFloat16));
  const std::vector<std::int64_t> target = {7};
  const Tensor ours = target_log_probs(logits, tensor::tensor_of(target, at::Device(at::kCPU)));
  EXPECT_NEAR(ours[0].item<double>(), -std::log(4096.0), 1e-5);
}

TEST(LogProbs, RefuseAnotherNumberOfTargets) {
  EXPECT_THROW((void)target_log_probs(random_logits(3, 12, 1.0),
                                      tensor::tensor_of(kTargets, at::Device(at::kCPU))),
               InternalError);
}

batch::Pack pack_of(const std::vector<float>& counts) {
  batch::Pack pack;
  for (const float count : counts) {
    pack.scored.push_back({.row = 0, .target = 1, .count = count, .example = 0});
    pack.counted += count;
  }
  return pack;
}

// Rows and words over several pieces, the last ones short; some rows predict twice, some nothing.
TEST(HeadLogProbs, EqualTheLogitsWayAndItsGradients) {
  const Tensor hidden = random_logits(kHeadRows + 44, 24, 1.0);
  const Tensor head = random_logits(2 * kHeadWords + 70, 24, 1.0).flip({1});
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> targets;
  for (std::int64_t i = 0; i < hidden.size(0) * 4 / 3; ++i) {
    if (i % 7 == 3) continue;
    rows.push_back(i * 3 / 4);
    targets.push_back(i * 997 % head.size(0));
  }
  const at::Device cpu(at::kCPU);
  const Tensor row_ids = tensor::tensor_of(rows, cpu);
  const Tensor target_ids = tensor::tensor_of(targets, cpu);
  const Tensor weight = random_logits(1, static_cast<std::int64_t>(rows.size()), 1.0)[0];
  const auto gradients = [&](at::ScalarType type) {
    Tensor x = hidden.to(type, false, true).requires_grad_(true);
    Tensor w = head.to(type, false, true).requires_grad_(true);
    const Tensor log_probs = head_log_probs(x, w, row_ids, target_ids);
    (log_probs * weight).sum().backward();
    return std::vector<Tensor>{log_probs.detach(), x.grad(), w.grad()};
  };
  const std::vector<Tensor> ours = gradients(at::kFloat);
  const std::vector<Tensor> exact = gradients(at::kDouble);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const double scale = exact[i].abs().max().item<double>();
    EXPECT_LE((ours[i].to(at::kDouble) - exact[i]).abs().max().item<double>(), 3e-6 * scale) << i;
  }
}

TEST(HeadLogProbs, RefuseATargetOutsideTheVocabulary) {
  const std::vector<std::int64_t> row = {0};
  const std::vector<std::int64_t> target = {12};
  const at::Device cpu(at::kCPU);
  EXPECT_ANY_THROW((void)head_log_probs(random_logits(1, 4, 1.0), random_logits(12, 4, 1.0),
                                        tensor::tensor_of(row, cpu),
                                        tensor::tensor_of(target, cpu)));
}

TEST(Supervised, SumsCountedTokensAndTheirGradient) {
  const auto supervised = row_named(objectives(), "objective", "supervised").make();
  const batch::Pack pack = pack_of({1.0F, 3.0F, 1.0F, 2.0F});
  const Tensor logits = random_logits(4, 12, 1.0).requires_grad_(true);
  const Tensor loss = supervised->loss_sum(
      target_log_probs(logits, tensor::tensor_of(kTargets, at::Device(at::kCPU))), pack);
  double expected = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    expected -= double{pack.scored[i].count} *
                naive_log_prob(logits.detach(), static_cast<std::int64_t>(i), kTargets[i]);
  }
  EXPECT_NEAR(loss.item<double>(), expected, 1e-5);
  EXPECT_DOUBLE_EQ(supervised->counted(pack), 7.0);
  loss.backward();
  for (std::int64_t row = 0; row < 4; ++row) {
    const auto at = static_cast<std::size_t>(row);
    for (std::int64_t i = 0; i < 12; ++i) {
      const double share = std::exp(naive_log_prob(logits.detach(), row, i));
      const double slope = double{pack.scored[at].count} * (share - (i == kTargets[at] ? 1.0 : 0));
      EXPECT_NEAR(logits.grad()[row][i].item<double>(), slope, 1e-5);
    }
  }
}

TEST(Objectives, TheTableAnswersAnUnknownName) {
  EXPECT_THROW((void)row_named(objectives(), "objective", "supervisd"), UsageError);
}

}  // namespace
}  // namespace fettle::objective
