// The loss and its gradients do not depend on how rows are packed, and are those of a plain loop.
#include <ATen/ops/log_softmax.h>

#include <map>

#include "model/score.h"
#include "objective/objective.h"
#include "tests/model/tiny_decoder.h"

namespace fettle::model {
namespace {

struct Judged {
  double loss = 0;  // sum of nats
  double counted = 0;
  std::map<std::string, Tensor> gradients;
};

// Rows of unequal length, some with a common start, some scored in part.
std::vector<batch::Example> packing_rows() {
  const auto ids = random_ids(60, "packing");
  std::vector<batch::Example> rows;
  const auto add = [&](std::size_t shared, std::size_t begin, std::size_t size, std::size_t first) {
    batch::Example row;
    row.ids.assign(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(shared));
    for (std::size_t i = begin; i < begin + size; ++i) row.ids.push_back(ids[i]);
    row.scored.assign(row.ids.size(), 0);
    for (std::size_t i = first; i < row.ids.size(); ++i) row.scored[i] = 1;
    rows.push_back(row);
  };
  add(10, 20, 6, 10);
  add(10, 30, 3, 10);
  add(10, 30, 9, 4);  // scores a part of the common start
  add(0, 40, 2, 1);
  add(0, 42, 17, 12);
  rows[4].scored[14] = 0;
  rows[4].scored[16] = 0;  // the last token is not scored
  return rows;
}

void begin_gradients(Decoder& decoder) {
  for_each_parameter(decoder, [](const std::string&, Tensor& value) {
    value = value.detach().clone().requires_grad_(true);
  });
}

void collect(Decoder& decoder, Judged& out) {
  for_each_parameter(decoder, [&](const std::string& name, Tensor& value) {
    ASSERT_TRUE(value.grad().defined()) << name;
    out.gradients[name] = value.grad().clone();
  });
}

Judged by_packs(const std::vector<std::vector<const batch::Example*>>& cut,
                const batch::PackOptions& options) {
  Decoder decoder = tiny_decoder();
  begin_gradients(decoder);
  const auto objective = objective::objectives()[0].make();
  Judged out;
  for (const auto& rows : cut) {
    const batch::Pack pack = batch::make_pack(rows, options);
    const Tensor loss = objective->loss_sum(scored_log_probs(decoder, pack, {}), pack);
    loss.backward();
    out.loss += loss.item<double>();
    out.counted += objective->counted(pack);
  }
  collect(decoder, out);
  return out;
}

// Each row alone: all its logits, and the negative log-probability of every scored token given the
// position before it.
Judged by_plain_loop(const std::vector<batch::Example>& rows) {
  Decoder decoder = tiny_decoder();
  begin_gradients(decoder);
  Judged out;
  for (const batch::Example& row : rows) {
    const Tensor log_probs = at::log_softmax(logits(decoder, row_hidden(decoder, row.ids)), -1);
    Tensor sum;
    for (std::size_t i = 1; i < row.ids.size(); ++i) {
      if (row.scored[i] == 0) continue;
      const Tensor nll =
          -log_probs.select(0, static_cast<std::int64_t>(i) - 1).select(0, row.ids[i]);
      sum = sum.defined() ? sum + nll : nll;
      out.counted += 1;
    }
    sum.backward();
    out.loss += sum.item<double>();
  }
  collect(decoder, out);
  return out;
}

void expect_same(const Judged& actual, const Judged& expected, const char* what) {
  EXPECT_NEAR(actual.loss, expected.loss, 1e-6 * expected.loss) << what;
  EXPECT_EQ(actual.counted, expected.counted) << what;
  ASSERT_EQ(actual.gradients.size(), expected.gradients.size());
  for (const auto& [name, gradient] : expected.gradients) {
    EXPECT_LT(relative_distance(actual.gradients.at(name), gradient), 1e-5) << what << ": " << name;
  }
}

TEST(Packing, LossAndGradientsAreThoseOfAPlainLoop) {
  const std::vector<batch::Example> rows = packing_rows();
  const Judged expected = by_plain_loop(rows);
  std::vector<const batch::Example*> all;
  std::vector<std::vector<const batch::Example*>> single;
  for (const batch::Example& row : rows) {
    all.push_back(&row);
    single.push_back({&row});
  }
  expect_same(by_packs(single, {}), expected, "one row a pack");
  expect_same(by_packs({all}, {}), expected, "one pack");
  expect_same(by_packs({all}, {.drop_unread = true}), expected, "unread tokens left out");
  const batch::PackOptions sharing = {.share_prefix = true, .min_shared_length = 2};
  ASSERT_LT(batch::packed_tokens(all, sharing), batch::packed_tokens(all, {}));
  expect_same(by_packs({all}, sharing), expected, "shared starts");
  expect_same(by_packs({{all[0], all[1]}, {all[2], all[3], all[4]}}, sharing), expected, "two");
}

TEST(Packing, EqualRowsCountForEachOfThem) {
  const batch::Example row = packing_rows()[0];
  const Judged once = by_packs({{&row}}, {});
  const Judged thrice = by_packs({{&row, &row, &row}}, {.share_prefix = true});
  EXPECT_NEAR(thrice.loss, 3 * once.loss, 1e-5 * thrice.loss);
  EXPECT_EQ(thrice.counted, 3 * once.counted);
  for (const auto& [name, gradient] : once.gradients) {
    EXPECT_LT(relative_distance(thrice.gradients.at(name), gradient * 3.0), 1e-5) << name;
  }
}

}  // namespace
}  // namespace fettle::model
