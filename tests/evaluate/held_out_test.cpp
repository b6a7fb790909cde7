// Held-out loss and likelihoods are those of each row computed alone.
#include "evaluate/held_out.h"

#include <ATen/ops/log_softmax.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/model/tiny_decoder.h"

namespace fettle::evaluate {
namespace {

// Rows of unequal length with common starts; each third scores its last tokens alone.
std::vector<batch::Example> held_out_rows() {
  std::vector<batch::Example> rows;
  const auto start = model::random_ids(9, "held-out");
  for (std::size_t i = 0; i < 11; ++i) {
    batch::Example row;
    if (i % 2 == 0) row.ids = start;
    for (const auto id : model::random_ids(2 + (i * 7) % 9, text("row-{}", i))) {
      row.ids.push_back(id);
    }
    row.scored.assign(row.ids.size(), i % 3 == 0 ? 0 : 1);
    row.scored.front() = 0;
    row.scored.back() = 1;
    rows.push_back(row);
  }
  return rows;
}

double plain_likelihood(const model::Decoder& decoder, const batch::Example& row) {
  const Tensor log_probs =
      at::log_softmax(model::logits(decoder, model::row_hidden(decoder, row.ids)), -1);
  double sum = 0;
  for (std::size_t i = 1; i < row.ids.size(); ++i) {
    if (row.scored[i] == 1) {
      sum += log_probs[static_cast<std::int64_t>(i) - 1][row.ids[i]].item<double>();
    }
  }
  return sum;
}

TEST(HeldOut, EqualsAPlainLoopWhateverTheBatch) {
  const model::Decoder decoder = model::tiny_decoder();
  const auto rows = held_out_rows();
  double expected = 0;
  std::int64_t tokens = 0;
  std::vector<double> each;
  for (const auto& row : rows) {
    each.push_back(plain_likelihood(decoder, row));
    expected -= each.back();
    for (const auto flag : row.scored) tokens += flag;
  }
  for (const std::int64_t size : {1, 4, 11, 100, 0}) {
    const HeldOutLoss loss = held_out_loss(decoder, rows, size);
    EXPECT_EQ(loss.tokens, tokens);
    EXPECT_NEAR(loss.nll_sum, expected, 1e-6 * expected) << size;
    EXPECT_NEAR(loss.mean(), expected / static_cast<double>(tokens), 1e-6 * loss.mean());
    const auto likelihoods = log_likelihoods(decoder, rows, size);
    ASSERT_EQ(likelihoods.size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_NEAR(likelihoods[i], each[i], 1e-5 * std::abs(each[i])) << "row " << i;
    }
  }
}

TEST(HeldOut, IsTheMeanOfTokensAndNotOfRows) {
  const model::Decoder decoder = model::tiny_decoder();
  const auto rows = held_out_rows();
  double mean_of_means = 0;
  for (const auto& row : rows) {
    double tokens = 0;
    for (const auto flag : row.scored) tokens += flag;
    mean_of_means -= plain_likelihood(decoder, row) / tokens / static_cast<double>(rows.size());
  }
  EXPECT_GT(std::abs(held_out_loss(decoder, rows, 4).mean() - mean_of_means), 0.01);
}

TEST(HeldOut, OfNoRowsNothingIsKnown) {
  const HeldOutLoss loss = held_out_loss(model::tiny_decoder(), {}, 4);
  EXPECT_EQ(loss.tokens, 0);
  EXPECT_TRUE(std::isnan(loss.mean()));
}

TEST(HeldOut, KeepsNoGradients) {
  const model::Decoder decoder = model::tiny_decoder();
  Tensor embedding = decoder.embed_tokens;
  embedding.requires_grad_(true);
  (void)held_out_loss(decoder, held_out_rows(), 4);
  EXPECT_FALSE(embedding.grad().defined());
}

}  // namespace
}  // namespace fettle::evaluate
