#include "batch/make_example.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/batch/fake_tokenizer.h"

namespace fettle::batch {
namespace {

using testing::HasSubstr;

FakeVocabulary plain() {
  return {.specials = {"<s>", "</s>"}, .pieces = {}, .bos = "<s>", .eos = "</s>", .pad = "</s>"};
}

data::Row completion(std::string prompt, std::string answer) {
  data::Row row;
  row.form = data::RowForm::kCompletion;
  row.prompt = std::move(prompt);
  row.completion = std::move(answer);
  row.origin = {.file = "data.jsonl", .line = 7};
  return row;
}

data::Row text_row(std::string text) {
  data::Row row;
  row.form = data::RowForm::kText;
  row.text = std::move(text);
  row.origin = {.file = "data.txt", .line = 2};
  return row;
}

struct Made {
  std::string scored;  // scored tokens as text, the others as dots
  Example example;
};

Made made(const FakeTokenizer& tokenizer, const data::Row& row, const TextSide& side,
          const BatchConfig& config = {}, ExampleReport* report = nullptr) {
  auto example = make_example(row, side, config, report);
  EXPECT_TRUE(example.has_value()) << example.error().message();
  if (!example) return {};
  EXPECT_EQ(example->ids.size(), example->scored.size());
  EXPECT_EQ(example->scored.front(), 0);
  return {.scored = scored_text(tokenizer, example->ids, example->scored),
          .example = std::move(*example)};
}

TEST(MakeExample, ScoresACompletionAndItsEnd) {
  const FakeTokenizer tokenizer(plain());
  const Made row = made(tokenizer, completion("Q: ", "yes"), {.tokenizer = tokenizer});
  // EOS is trained although it is the padding token too: padding is never told by its id.
  EXPECT_EQ(row.scored, "...yes</s>");
  EXPECT_EQ(row.example.ids.back(), tokenizer.special().pad);
  EXPECT_EQ(row.example.origin.text(), "data.jsonl:7");
}

TEST(MakeExample, ScoresThePromptTooWhereAsked) {
  const FakeTokenizer tokenizer(plain());
  const Made row = made(tokenizer, completion("Q: ", "yes"), {.tokenizer = tokenizer},
                        {.completion_only_loss = false});
  EXPECT_EQ(row.scored, ".: yes</s>");
}

TEST(MakeExample, ScoresATokenThatPromptAndAnswerShare) {
  FakeVocabulary vocabulary = plain();
  vocabulary.pieces = {" yes"};
  const FakeTokenizer tokenizer(vocabulary);
  ExampleReport report;
  const Made row = made(tokenizer, completion("Q: ", "yes"), {.tokenizer = tokenizer}, {}, &report);
  EXPECT_EQ(row.scored, ".. yes</s>");
  EXPECT_EQ(report.merged_borders, 1);
  EXPECT_EQ(report.open_ends, 0);
}

TEST(MakeExample, CountsBytesAndCharactersApart) {
  const FakeTokenizer tokenizer(plain());
  const Made row = made(tokenizer, completion("Größe: ", "5 µm"), {.tokenizer = tokenizer});
  EXPECT_EQ(row.scored, std::string(9, '.') + "5 µm</s>");
}

TEST(MakeExample, PutsBosOnceWhoeverWritesIt) {
  FakeVocabulary vocabulary = plain();
  vocabulary.adds_bos = true;
  const FakeTokenizer adding(vocabulary);
  EXPECT_EQ(made(adding, completion("Q", "A"), {.tokenizer = adding}).example.ids.front(), 256);
  const Made written = made(adding, completion("<s>Q", "A"), {.tokenizer = adding});
  EXPECT_EQ(written.scored, "..A</s>");
  const FakeTokenizer silent(plain());
  EXPECT_EQ(made(silent, completion("Q", "A"), {.tokenizer = silent}).scored, ".A</s>");
  EXPECT_EQ(
      made(silent, completion("Q", "A"), {.tokenizer = silent, .bos = BosPolicy::kAlways}).scored,
      "..A</s>");
  EXPECT_EQ(
      made(adding, completion("Q", "A"), {.tokenizer = adding, .bos = BosPolicy::kNever}).scored,
      ".A</s>");
}

TEST(MakeExample, RefusesTwoBos) {
  const FakeTokenizer tokenizer(plain());
  const auto example =
      make_example(completion("<s><s>Q", "A"), {.tokenizer = tokenizer}, BatchConfig{});
  ASSERT_FALSE(example.has_value());
  EXPECT_EQ(example.error().where, "data.jsonl:7");
  EXPECT_THAT(example.error().what, HasSubstr("begins with the token <s> twice"));
}

TEST(MakeExample, DoesNotWriteEosTwiceOrUnasked) {
  const FakeTokenizer tokenizer(plain());
  EXPECT_EQ(made(tokenizer, completion("Q", "A</s>"), {.tokenizer = tokenizer}).scored, ".A</s>");
  EXPECT_EQ(
      made(tokenizer, completion("Q", "A"), {.tokenizer = tokenizer, .append_eos = false}).scored,
      ".A");
}

TEST(MakeExample, ScoresAllOfATextButItsFirstToken) {
  const FakeTokenizer tokenizer(plain());
  EXPECT_EQ(made(tokenizer, text_row("abc"), {.tokenizer = tokenizer}).scored, ".bc</s>");
}

TEST(MakeExample, RefusesRowsInWhichNothingIsScored) {
  const FakeTokenizer tokenizer(plain());
  for (const data::Row& row : {text_row(""), completion("", "")}) {
    const auto example = make_example(row, {.tokenizer = tokenizer}, BatchConfig{});
    ASSERT_FALSE(example.has_value());
    EXPECT_THAT(example.error().what, HasSubstr("none of the row's 1 tokens is scored"));
  }
  const TextSide endless{.tokenizer = tokenizer, .append_eos = false};
  EXPECT_FALSE(make_example(completion("Q", ""), endless, BatchConfig{}).has_value());
  EXPECT_FALSE(make_example(text_row(""), endless, BatchConfig{}).has_value());
}

TEST(MakeExample, SurvivesTextThatIsNotUtf8) {
  const FakeTokenizer tokenizer(plain());
  for (const char* bad : {"\xff", "\xc3", "\xe2\x82", "a\x80\x80", "\xed\xa0\x80", "\xf0\x9f"}) {
    const Made row = made(tokenizer, completion(bad, "answer"), {.tokenizer = tokenizer});
    EXPECT_THAT(row.scored, HasSubstr("answer</s>"));
  }
}

TEST(MakePrompt, IsWhatTrainingPutBeforeTheAnswer) {
  FakeVocabulary vocabulary = plain();
  vocabulary.adds_bos = true;
  const FakeTokenizer tokenizer(vocabulary);
  const TextSide side{.tokenizer = tokenizer};
  const data::Row row = completion("Is it? ", "yes");
  const auto prompt = make_prompt(row, side);
  ASSERT_TRUE(prompt.has_value());
  EXPECT_EQ(tokenizer.decode(*prompt, false), "<s>Is it? ");
  const auto no = make_answer(row, "no", side);
  ASSERT_TRUE(no.has_value());
  EXPECT_EQ(scored_text(tokenizer, no->ids, no->scored), "........no</s>");
  EXPECT_TRUE(std::equal(prompt->begin(), prompt->end(), no->ids.begin()));
  EXPECT_EQ(make_answer(row, "yes", side)->ids, made(tokenizer, row, side).example.ids);
}

TEST(MakeAnswer, RefusesTextRows) {
  const FakeTokenizer tokenizer(plain());
  const auto answer = make_answer(text_row("abc"), "d", {.tokenizer = tokenizer});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().message(),
            "data.txt:2: a text row has no place for an answer; give it as prompt and completion");
  EXPECT_EQ(tokenizer.decode(*make_prompt(text_row("abc"), {.tokenizer = tokenizer}), false),
            "abc");
}

}  // namespace
}  // namespace fettle::batch
