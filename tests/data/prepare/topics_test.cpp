#include "data/prepare/topics.h"

#include "data/prepare/word_vectors.h"
#include "tests/data/prepare/support.h"

namespace fettle::data::prepare::testing {
namespace {

// Rows of three subjects, which share no word but "the".
std::vector<std::string> rows_of(const std::vector<std::pair<std::string, int>>& subjects) {
  std::vector<std::string> rows;
  for (const auto& [subject, count] : subjects) {
    for (int i = 0; i < count; ++i) {
      rows.push_back("the " + subject + "one " + subject + "two and " + subject +
                     std::string{static_cast<char>('a' + i / 10), static_cast<char>('a' + i % 10)} +
                     " the " + subject + "one");
    }
  }
  return rows;
}

TEST(Topics, SubjectsAreFoundWithTheirWordsAndShares) {
  const auto topics = find_topics(rows_of({{"cook", 60}, {"rail", 30}, {"star", 30}}), {}, 3, 1);
  ASSERT_EQ(topics.size(), 3U);
  EXPECT_NEAR(topics[0].share, 0.5, 1e-9);
  EXPECT_NEAR(topics[1].share, 0.25, 1e-9);
  EXPECT_EQ(topics[0].words[0].substr(0, 4), "cook");
  EXPECT_EQ(topics[0].target_share, -1);
  EXPECT_NE(topics[0].example.find("cookone"), std::string::npos);
}

TEST(Topics, WhatIsThinAgainstTheTargetIsSeen) {
  const auto topics = find_topics(rows_of({{"cook", 90}, {"rail", 10}}),
                                  rows_of({{"cook", 10}, {"rail", 30}}), 2, 1);
  ASSERT_EQ(topics.size(), 2U);
  EXPECT_NEAR(topics[0].target_share, 0.25, 1e-9);
  EXPECT_NEAR(topics[1].target_share, 0.75, 1e-9);
  EXPECT_NEAR(topics[1].share, 0.1, 1e-9);
}

TEST(Topics, FewRowsOrRowsWithoutWordsHaveNone) {
  EXPECT_TRUE(find_topics(rows_of({{"cook", 5}}), {}, 4, 1).empty());
  EXPECT_LE(find_topics(std::vector<std::string>(50, "1 2 3"), {}, 4, 1).size(), 1U);
  EXPECT_LE(find_topics(std::vector<std::string>(50, "same words"), {}, 4, 1).size(), 1U);
}

TEST(Topics, TheSampleIsSpreadOverTheFileAndWholeForASmallOne) {
  const Folder folder("sample");
  const fs::path path = folder.path / "rows.jsonl";
  std::string lines;
  for (int i = 0; i < 2000; ++i) lines += "{\"text\":\"row " + std::to_string(i) + "\"}\n";
  write_file_atomically(path, lines);
  const auto all = sample_texts(path, 100000);
  ASSERT_EQ(all.size(), 2000U);
  EXPECT_EQ(all[1234], "row 1234");
  const auto some = sample_texts(path, 100);
  EXPECT_NEAR(static_cast<double>(some.size()), 100, 5);
  EXPECT_EQ(some.front(), "row 0");
  EXPECT_GT(std::stoi(some[some.size() / 2].substr(4)), 900);
  EXPECT_LT(std::stoi(some[some.size() / 2].substr(4)), 1100);
}

TEST(Topics, ALongRowDoesNotHoldTheSampleUp) {
  const Folder folder("long");
  const fs::path path = folder.path / "rows.jsonl";
  write_file_atomically(path, "{\"text\":\"a\"}\n{\"text\":\"" + std::string(5 << 20, 'x') +
                                  "\"}\n{\"text\":\"b\"}\n");
  const auto rows = sample_texts(path, 1000);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1], "b");
}

TEST(WordVectors, AreOfLengthOneAndRareWordsWeighMore) {
  const WordWeights weights({"common rare", "common", "common", "other"});
  double squares = 0;
  for (const auto& [bucket, weight] : weights.vector("common rare")) {
    squares += static_cast<double>(weight) * weight;
  }
  EXPECT_NEAR(squares, 1, 1e-5);
  EXPECT_TRUE(weights.vector("12 !").empty());
  EXPECT_EQ(words_of("Äpfel, pears2go"), (std::vector<std::string>{"Äpfel", "pears", "go"}));
}

}  // namespace
}  // namespace fettle::data::prepare::testing
