#include "batch/build_examples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/batch/fake_tokenizer.h"

namespace fettle::batch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

const FakeTokenizer& vocabulary_with_bos() {
  static const FakeTokenizer tokenizer({.specials = {"<s>", "</s>"},
                                        .pieces = {},
                                        .bos = "<s>",
                                        .eos = "</s>",
                                        .pad = {},
                                        .adds_bos = true});
  return tokenizer;
}

data::Row question(std::string prompt, std::string answer, std::int64_t line) {
  data::Row row;
  row.form = data::RowForm::kCompletion;
  row.prompt = std::move(prompt);
  row.completion = std::move(answer);
  row.origin = {.file = "d.jsonl", .line = line};
  return row;
}

// Lengths with BOS and EOS: 6, 14, 13 tokens.
std::vector<data::Row> three_rows() {
  return {question("ab", "cd", 1), question("abcdefghij", "kl", 2), question("abc", "defghijk", 3)};
}

struct Built {
  std::vector<std::string> scored;
  ExampleReport report;
};

Built build(const std::vector<data::Row>& rows, std::string truncation, std::int64_t max_length) {
  Built built;
  const BatchConfig config{.max_length = max_length, .truncation = std::move(truncation)};
  for (const Example& example :
       build_examples(rows, {.tokenizer = vocabulary_with_bos()}, config, built.report)) {
    EXPECT_LE(example.ids.size(), static_cast<std::size_t>(max_length));
    EXPECT_EQ(example.scored.front(), 0);
    built.scored.push_back(scored_text(vocabulary_with_bos(), example.ids, example.scored));
  }
  EXPECT_EQ(built.report.rows, static_cast<std::int64_t>(rows.size()));
  EXPECT_EQ(built.report.examples, static_cast<std::int64_t>(built.scored.size()));
  return built;
}

TEST(BuildExamples, KeepRowsThatFit) {
  const Built built = build(three_rows(), "error", 14);
  EXPECT_THAT(built.scored, ElementsAre("...cd</s>", "...........kl</s>", "....defghijk</s>"));
  EXPECT_EQ(built.report.tokens, 33);
  EXPECT_EQ(built.report.scored_tokens, 15);
  EXPECT_EQ(built.report.longest, 14);
  EXPECT_EQ(summary(built.report), "3 rows: 3 examples, 33 tokens, 15 scored");
}

TEST(BuildExamples, DropLongRows) {
  const Built built = build(three_rows(), "drop", 8);
  EXPECT_THAT(built.scored, ElementsAre("...cd</s>"));
  EXPECT_EQ(built.report.dropped_long, 2);
  EXPECT_EQ(built.report.longest, 14);
  EXPECT_THAT(summary(built.report), HasSubstr("; 2 dropped as too long"));
}

TEST(BuildExamples, TruncateLeftKeepsBosAndTheAnswer) {
  const Built built = build(three_rows(), "truncate_left", 8);
  // The token behind a BOS that was moved up is not scored: nothing of its context is left.
  EXPECT_THAT(built.scored, ElementsAre("...cd</s>", ".....kl</s>", "..ghijk</s>"));
  EXPECT_EQ(built.report.truncated, 2);
}

TEST(BuildExamples, TruncateRightRefusesWhatLosesItsAnswer) {
  const Built built = build(three_rows(), "truncate_right", 8);
  EXPECT_THAT(built.scored, ElementsAre("...cd</s>", "....defg"));
  EXPECT_EQ(built.report.truncated, 1);
  EXPECT_EQ(built.report.refused, 1);
  ASSERT_EQ(built.report.problems.size(), 1U);
  EXPECT_EQ(built.report.problems[0].message(),
            "d.jsonl:2: the cut from 14 to max_length 8 tokens leaves none that is scored; raise "
            "max_length, or keep the other end (truncate_left)");
}

TEST(BuildExamples, SplitLeavesOutPartsWithoutAnswer) {
  const Built built = build(three_rows(), "split", 8);
  EXPECT_THAT(built.scored, ElementsAre("...cd</s>", "...kl</s>", "....defg", ".ijk</s>"));
  EXPECT_EQ(built.report.split, 2);
  EXPECT_EQ(built.report.unscored_parts, 1);
}

TEST(BuildExamples, ErrorNamesTheRow) {
  EXPECT_THAT([] { build(three_rows(), "error", 13); },
              ThrowsMessage<DataError>(
                  HasSubstr("d.jsonl:2: the row has 14 tokens, over max_length 13; raise")));
}

TEST(BuildExamples, RefusedRowsAreReportedAndNeverTrained) {
  std::vector<data::Row> rows = three_rows();
  for (std::int64_t line = 10; line < 40; ++line) {
    rows.push_back(question("<s><s>", "twice", line));
  }
  const Built built = build(rows, "drop", 100);
  EXPECT_EQ(built.scored.size(), 3U);
  EXPECT_EQ(built.report.refused, 30);
  EXPECT_EQ(built.report.problems.size(), ExampleReport::kMostProblems);
  EXPECT_EQ(built.report.problems[0].where, "d.jsonl:10");
}

TEST(BuildExamples, RefuseWrongOptions) {
  EXPECT_THAT([] { build({}, "middle", 8); },
              ThrowsMessage<UsageError>(HasSubstr("truncation: \"middle\" is unknown; allowed")));
  EXPECT_THAT([] { build({}, "drop", 1); },
              ThrowsMessage<UsageError>(HasSubstr("max_length: 1 is too short")));
}

}  // namespace
}  // namespace fettle::batch
