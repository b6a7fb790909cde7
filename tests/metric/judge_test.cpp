#include "metric/judge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/error.h"

namespace fettle::metric {
namespace {

using enum Verdict;

JudgeModel each(std::function<std::string(const std::string&)> answer) {
  return [answer = std::move(answer)](std::span<const std::string> prompts) {
    std::vector<std::string> out;
    for (const std::string& prompt : prompts) out.push_back(answer(prompt));
    return out;
  };
}

TEST(Judge, FillsThePromptOnce) {
  const JudgeCase one{.question = "{answer}?", .answer = "yes {rubric}", .reference = "r"};
  EXPECT_EQ(judge_prompt("Q {question} A {answer} R {reference}{rubric}.", one),
            "Q {answer}? A yes {rubric} R r.");
  EXPECT_THROW(static_cast<void>(judge_prompt("{nothing}", one)), UsageError);
  EXPECT_THROW(static_cast<void>(judge_prompt("{question", one)), UsageError);
  EXPECT_NE(judge_prompt(pairwise_template(), one).find("[Answer B]"), std::string::npos);
  EXPECT_NE(judge_prompt(rating_template(), one).find("yes {rubric}"), std::string::npos);
}

TEST(Judge, ReadsTheLastMark) {
  EXPECT_EQ(parse_rating("[[3]] no, [[7.5]] it is", 1, 10), 7.5);
  EXPECT_EQ(parse_rating("[[rating]] [[8]] and [[best]]", 1, 10), 8);
  EXPECT_EQ(parse_rating("[[11]]", 1, 10), std::nullopt);
  EXPECT_EQ(parse_rating("5", 1, 10), std::nullopt);
  EXPECT_EQ(parse_rating("[[5", 1, 10), std::nullopt);
  EXPECT_EQ(parse_rating("[[[5]]", 1, 10), 5);
  EXPECT_EQ(parse_verdict("[[A]] ... [[B]]"), kSecond);
  EXPECT_EQ(parse_verdict("[[C]]"), kTie);
  EXPECT_EQ(parse_verdict("[[A or B]] A"), kUnclear);
  EXPECT_EQ(parse_verdict(""), kUnclear);
  EXPECT_EQ(parse_verdict("["), kUnclear);
}

TEST(Judge, AsksBothOrders) {
  const std::vector<JudgeCase> cases = {{.question = "q", .answer = "good", .answer_b = "bad"},
                                        {.question = "q", .answer = "same", .answer_b = "same"}};
  const JudgeModel honest = each([](const std::string& prompt) -> std::string {
    const auto good = prompt.find("good");
    const auto bad = prompt.find("bad");
    if (good == std::string::npos) return "[[C]]";
    return good < bad ? "[[A]]" : "[[B]]";
  });
  const auto found = compare(honest, cases, pairwise_template());
  EXPECT_EQ(found[0].verdict, kFirst);
  EXPECT_TRUE(found[0].consistent());
  EXPECT_EQ(found[1].verdict, kTie);
  const PairSummary all = summary(found, 1);
  EXPECT_DOUBLE_EQ(all.win_rate, 0.75);
  EXPECT_DOUBLE_EQ(all.consistent, 1);
  EXPECT_DOUBLE_EQ(all.first_place, 0.5);

  const JudgeModel biased = each([](const std::string&) { return "[[A]]"; });
  const PairSummary bias = summary(compare(biased, cases, pairwise_template()), 1);
  EXPECT_DOUBLE_EQ(bias.win_rate, 0.5);
  EXPECT_DOUBLE_EQ(bias.consistent, 0);
  EXPECT_DOUBLE_EQ(bias.first_place, 1);

  const JudgeModel mute = each([](const std::string&) { return "I cannot say."; });
  const PairSummary none = summary(compare(mute, cases, pairwise_template()), 1);
  EXPECT_EQ(none.unclear, 2U);
  EXPECT_TRUE(std::isnan(none.win_rate));
  EXPECT_EQ(rate(mute, cases, rating_template(), 1, 10)[0].value, std::nullopt);
}

TEST(Judge, AgreesWithPeople) {
  const std::vector<Verdict> judge = {kFirst, kFirst, kSecond, kTie, kUnclear, kSecond};
  const std::vector<Verdict> human = {kFirst, kSecond, kSecond, kTie, kFirst, kSecond};
  const Agreement found = agreement(judge, human);
  EXPECT_EQ(found.rows, 5U);
  EXPECT_DOUBLE_EQ(found.share, 0.8);
  // Observed 0.8; expected (2 * 1 + 2 * 3 + 1 * 1) / 25.
  EXPECT_NEAR(found.kappa, (0.8 - 9.0 / 25) / (1 - 9.0 / 25), 1e-12);
  EXPECT_THROW(static_cast<void>(agreement(judge, std::span(human).first(2))), DataError);
  EXPECT_TRUE(std::isnan(agreement({}, {}).share));
}

TEST(Judge, AsksEachQuestionOnce) {
  const auto folder = std::filesystem::temp_directory_path() / "fettle-judge-test";
  std::filesystem::remove_all(folder);
  int asked = 0;
  const JudgeModel model = each([&](const std::string& prompt) {
    ++asked;
    return "to " + prompt;
  });
  const std::vector<std::string> prompts = {"a", "b\n\"\xc3\xa9", "c"};
  const std::vector<std::string> answers = {"to a", "to b\n\"\xc3\xa9", "to c"};
  for (int round = 0; round < 2; ++round) {
    const JudgeModel cached = cached_judge(model, "m", folder, 2);
    EXPECT_EQ(cached(prompts), answers);
  }
  EXPECT_EQ(asked, 3);  // each once, though two times in a row
  EXPECT_EQ(cached_judge(model, "other", folder)(std::span(prompts).first(1))[0], "to a");
  EXPECT_EQ(asked, 4);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace fettle::metric
