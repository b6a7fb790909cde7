// Figures of a model on rows, against answers and likelihoods that are computed one by one.
#include "evaluate/evaluate.h"

#include <ATen/ops/log_softmax.h>
#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "generate/answer.h"
#include "tests/batch/fake_tokenizer.h"
#include "tests/model/support.h"
#include "tests/model/tiny_decoder.h"

namespace fettle::evaluate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// A byte tokenizer with an end token and a random model of its size.
class Evaluate : public ::testing::Test {
 protected:
  Evaluate() {
    model::DecoderConfig config = model::tiny_config();
    config.vocab_size = 258;
    config.eos_token_id = {257};
    decoder = model::tiny_decoder(config);
    batch_config.per_device_eval_batch_size = 3;
    config_.max_new_tokens = 2;
  }

  [[nodiscard]] Report judged(const std::vector<std::string>& metrics) {
    config_.metrics = metrics;
    return evaluate(decoder, {data, side, batch_config, config_, 9});
  }

  void add_row(const std::string& prompt, const std::string& completion) {
    data::Row row;
    row.form = data::RowForm::kCompletion;
    row.prompt = prompt;
    row.completion = completion;
    row.origin = {"rows.jsonl", std::ssize(data.rows) + 1};
    data.rows.push_back(row);
  }

  // A token a byte, from 0 to 255 (a plain char may be negative).
  [[nodiscard]] static std::vector<batch::TokenId> bytes_of(const std::string& words) {
    std::vector<batch::TokenId> ids;
    for (const char byte : words) ids.push_back(static_cast<unsigned char>(byte));
    return ids;
  }

  // What the model says to a prompt, without a cache.
  [[nodiscard]] std::string said(const std::string& prompt) const {
    std::vector<batch::TokenId> ids = bytes_of(prompt);
    std::vector<batch::TokenId> out;
    for (std::int64_t i = 0; i < config_.max_new_tokens; ++i) {
      const Tensor all = model::logits(decoder, model::row_hidden(decoder, ids));
      const auto id = static_cast<batch::TokenId>(all[-1].argmax().item<std::int64_t>());
      if (id == 257) break;
      ids.push_back(id);
      out.push_back(id);
    }
    return tokenizer.decode(out, true);
  }

  // The log-probability of an answer and its end, given the prompt.
  [[nodiscard]] double likelihood(const std::string& prompt, const std::string& answer) const {
    std::vector<batch::TokenId> ids = bytes_of(prompt + answer);
    ids.push_back(257);
    const Tensor log_probs =
        at::log_softmax(model::logits(decoder, model::row_hidden(decoder, ids)), -1);
    double sum = 0;
    for (std::size_t i = prompt.size(); i < ids.size(); ++i) {
      sum += log_probs[static_cast<std::int64_t>(i) - 1][ids[i]].item<double>();
    }
    return sum;
  }

  batch::FakeTokenizer tokenizer{
      {.specials = {"<s>", "</s>"}, .pieces = {}, .bos = "", .eos = "</s>", .pad = ""}};
  batch::TextSide side{.tokenizer = tokenizer};
  model::Decoder decoder;
  data::Dataset data{.name = "held-out", .rows = {}, .labels = {}};
  batch::BatchConfig batch_config;

 private:
  EvaluateConfig config_;
};

// Rows of three labels, two of them what the model says to some prompt.
class Labelled : public Evaluate {
 protected:
  Labelled() {
    for (const char* prompt : {"one: ", "two: ", "three: ", "four: ", "five: ", "six: ", "ten: "}) {
      prompts.emplace_back(prompt);
    }
    data.labels = {said(prompts[0]), "zz", "b"};
    for (const std::string& prompt : prompts) {
      const std::string answer = said(prompt);
      if (data.labels.size() < 4 && answer != data.labels[0]) data.labels.push_back(answer);
    }
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      truth.push_back(i == 0 ? 0 : i % data.labels.size());
      add_row(prompts[i], data.labels[truth.back()]);
    }
  }

  std::vector<std::string> prompts;
  std::vector<std::size_t> truth;
};

TEST_F(Evaluate, ExactMatchCountsEqualAnswersWhiteSpaceAside) {
  add_row("alpha ", said("alpha "));
  add_row("beta ", " " + said("beta ") + "\n");
  add_row("gamma ", said("gamma ") + "x");
  add_row("delta ", "");
  const Report report = judged({"exact_match"});
  ASSERT_EQ(report.figures.size(), 1U);
  const Figure& figure = report.figures[0];
  EXPECT_EQ(figure.name, "exact_match");
  EXPECT_DOUBLE_EQ(figure.value, 0.5);
  EXPECT_EQ(figure.rows, 4);
  EXPECT_NEAR(figure.interval->low, 0.1500, 1e-4);
  EXPECT_NEAR(figure.interval->high, 0.8500, 1e-4);
  EXPECT_EQ(figure.signature, "greedy|strip|wilson95|n:4");
  ASSERT_EQ(report.rows.size(), 4U);
  EXPECT_EQ(report.rows[2].origin, "rows.jsonl:3");
  EXPECT_EQ(report.rows[2].question, "gamma ");
  EXPECT_EQ(report.rows[2].answer, said("gamma "));
  EXPECT_EQ(report.rows[2].expected, said("gamma ") + "x");
  EXPECT_TRUE(report.rows[1].exact);
  EXPECT_FALSE(report.rows[2].exact);
  EXPECT_FALSE(report.confusion.has_value());
}

TEST_F(Evaluate, LossIsOfTheAnswersTokensAndTheirEnd) {
  double sum = 0;
  std::int64_t tokens = 0;
  for (const auto& [prompt, answer] :
       std::map<std::string, std::string>{{"a: ", "yes"}, {"bb: ", "no"}, {"c: ", "perhaps"}}) {
    add_row(prompt, answer);
    sum -= likelihood(prompt, answer);
    tokens += std::ssize(answer) + 1;
  }
  const Report report = judged({"loss"});
  EXPECT_NEAR(report.find("loss")->value, sum / static_cast<double>(tokens), 1e-5);
  EXPECT_EQ(report.find("loss")->rows, tokens);
  EXPECT_NEAR(report.find("perplexity")->value, std::exp(sum / static_cast<double>(tokens)), 1e-2);
  EXPECT_EQ(report.rows[0].answer, "");
}

TEST_F(Labelled, LikelihoodsRankAsSeparateForwardsDo) {
  const Report report = judged({"likelihood_accuracy"});
  std::int64_t right = 0;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    std::size_t best = 0;
    for (std::size_t label = 1; label < data.labels.size(); ++label) {
      if (likelihood(prompts[i], data.labels[label]) > likelihood(prompts[i], data.labels[best])) {
        best = label;
      }
    }
    EXPECT_EQ(report.rows[i].likeliest, data.labels[best]) << prompts[i];
    right += best == truth[i] ? 1 : 0;
  }
  EXPECT_DOUBLE_EQ(report.find("likelihood_accuracy")->value,
                   static_cast<double>(right) / static_cast<double>(prompts.size()));
}

TEST_F(Labelled, MacroF1CountsAnswersThatNameNoClass) {
  // The prompts' own answers are mostly no labels.
  const Report report = judged({"macro_f1", "exact_match"});
  const std::size_t classes = data.labels.size();
  std::vector<double> hits(classes, 0);
  std::vector<double> answered(classes, 0);
  std::vector<double> true_rows(classes, 0);
  std::int64_t no_class = 0;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const auto found = std::find(data.labels.begin(), data.labels.end(), said(prompts[i]));
    ++true_rows[truth[i]];
    if (found == data.labels.end()) {
      ++no_class;
      continue;
    }
    const auto at = static_cast<std::size_t>(found - data.labels.begin());
    ++answered[at];
    if (at == truth[i]) ++hits[at];
  }
  ASSERT_GT(no_class, 0);
  ASSERT_GT(hits[0], 0);
  double f1 = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    if (answered[c] + true_rows[c] > 0) f1 += 2 * hits[c] / (answered[c] + true_rows[c]);
  }
  EXPECT_NEAR(report.find("macro_f1")->value, f1 / static_cast<double>(classes), 1e-12);
  EXPECT_LE(report.find("macro_f1")->interval->low, report.find("macro_f1")->value);
  ASSERT_TRUE(report.confusion.has_value());
  EXPECT_EQ(report.confusion->rows(), std::ssize(prompts));
  EXPECT_EQ(report.confusion->answers(classes), no_class);
}

TEST_F(Labelled, NamesALabelThatIsNotInTheList) {
  data.rows[3].completion = "unheard";
  EXPECT_THAT(message_of<DataError>([&] { (void)judged({"macro_f1"}); }),
              AllOf(HasSubstr("rows.jsonl:4"), HasSubstr("\"unheard\""), HasSubstr("data.labels")));
}

TEST_F(Evaluate, LeavesOutWhatNeedsLabels) {
  add_row("a: ", "b");
  const Report report = judged({"exact_match", "macro_f1", "likelihood_accuracy"});
  ASSERT_EQ(report.figures.size(), 1U);
  EXPECT_EQ(report.figures[0].name, "exact_match");
}

TEST_F(Evaluate, RefusesRowsWithoutAnswersAndUnknownMetrics) {
  data::Row row;
  row.form = data::RowForm::kText;
  row.text = "only text";
  data.rows.push_back(row);
  EXPECT_THAT(message_of<DataError>([&] { (void)judged({"exact_match"}); }),
              AllOf(HasSubstr("held-out"), HasSubstr("holds no row with a question")));
  EXPECT_EQ(judged({"loss"}).find("loss")->rows, 9);  // eight predicted bytes and the end
  EXPECT_THAT(message_of<UsageError>([&] { (void)judged({"exact_mach"}); }),
              HasSubstr("did you mean \"exact_match\""));
}

TEST_F(Evaluate, TellsHowFarItIsAndMayBeStopped) {
  for (const char* prompt : {"a ", "b ", "c ", "d ", "e "}) add_row(prompt, "x");
  EvaluateConfig config;
  config.metrics = {"exact_match"};
  config.max_new_tokens = 1;
  std::vector<std::pair<std::int64_t, std::int64_t>> told;
  (void)evaluate(decoder, {data, side, batch_config, config, 0},
                 [&](std::int64_t done, std::int64_t all) { told.emplace_back(done, all); });
  EXPECT_EQ(told, (std::vector<std::pair<std::int64_t, std::int64_t>>{{3, 5}, {5, 5}}));
  const auto stop = [](std::int64_t, std::int64_t) { throw Interrupted("stopped"); };
  EXPECT_THROW((void)evaluate(decoder, {data, side, batch_config, config, 0}, stop), Interrupted);
}

}  // namespace
}  // namespace fettle::evaluate
