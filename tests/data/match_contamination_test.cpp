// Overlaps with evaluation sets: planted ones are all found, none is false.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/match/contamination.h"
#include "data/match/stages.h"
#include "tests/data/match_support.h"

namespace fettle::data {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Upper case, punctuation and white space that normalisation takes away again.
std::string disguise(const std::vector<std::string>& words, const Random& random,
                     std::uint64_t from) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    if (random.below(from + i, 3) == 0) word[0] = static_cast<char>(word[0] - 'a' + 'A');
    if (random.below(from + i, 5) == 1) word += ",";
    if (random.below(from + i, 7) == 2) word.insert(2, "-");
    out += word + (random.below(from + i, 4) == 3 ? "\n  " : " ");
  }
  return out;
}

std::vector<std::string> part(const std::vector<std::string>& words, std::size_t from,
                              std::size_t count) {
  return {words.begin() + static_cast<std::ptrdiff_t>(from),
          words.begin() + static_cast<std::ptrdiff_t>(from + count)};
}

TEST(MatchContamination, AThousandPlantedOverlapsAreFoundAndNoneIsFalse) {
  const Random random(31, "benchmark");
  BenchmarkIndex index({});
  std::vector<std::vector<std::string>> items;
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    items.push_back(made_words(random, i * 100, 40));
    texts.push_back(sentence(items.back()));
  }
  index.add("bench", texts);
  index.close();
  const Random other(32, "rows");
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto before = made_words(other, i * 300, 50);
    const auto after = made_words(other, i * 300 + 100, 50);
    const std::size_t from = i % 27;
    const auto planted = part(items[i], from, 13);
    auto words = before;
    words.insert(words.end(), planted.begin(), planted.end());
    words.insert(words.end(), after.begin(), after.end());
    const std::string row = disguise(words, other, i * 300);
    const auto found = index.find(row);
    ASSERT_THAT(found, SizeIs(1)) << row;
    EXPECT_EQ(found[0].item, i);
    EXPECT_EQ(found[0].word, from);
    EXPECT_EQ(found[0].words, 13U);
    EXPECT_EQ(normal_text(row.substr(found[0].row.begin, found[0].row.size())), sentence(planted));
    // Twelve words of the item, then another word: not an overlap.
    words[50 + 12] = made_word(i + 19'999'000);
    EXPECT_THAT(index.find(disguise(words, other, i * 300)), IsEmpty());
  }
}

TEST(MatchContamination, ALongOverlapIsOneSpanAndTwoItemsAreTwo) {
  const Random random(33, "long");
  const auto a = made_words(random, 0, 60);
  const auto b = made_words(random, 100, 60);
  BenchmarkIndex index({});
  index.add("one", {sentence(a)});
  index.add("two", {"unrelated words", sentence(b)});
  index.close();
  auto row = part(a, 10, 40);
  const auto more = part(b, 0, 30);
  row.insert(row.end(), more.begin(), more.end());
  const auto found = index.find(sentence(row));
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].words, 40U);
  EXPECT_EQ(found[1].benchmark, 1U);
  EXPECT_EQ(found[1].item, 1U);
  EXPECT_EQ(found[1].words, 30U);
}

TEST(MatchContamination, ShortItemsAreFoundWholeAndTinyOnesByEqualityAlone) {
  BenchmarkIndex index({});
  index.add("short", {"one two three four five six seven eight nine", "what is love"});
  index.close();
  EXPECT_EQ(index.benchmarks()[0].shorter, 1U);
  EXPECT_THAT(index.find("zero one two three four five six seven eight nine ten"), SizeIs(1));
  EXPECT_THAT(index.find("one two three four five six seven eight"), IsEmpty());
  EXPECT_THAT(index.find("What is LOVE?"), SizeIs(1));
  EXPECT_THAT(index.find("tell me what is love"), IsEmpty());
  EXPECT_THAT(index.find(""), IsEmpty());
}

TEST(MatchContamination, TheLengthOfARunFollowsTheFifthPercentile) {
  ContaminationRule rule;
  rule.by_length = true;
  const Random random(34, "percentile");
  const auto lengths = [&](std::size_t shortest) {
    std::vector<std::string> items;
    for (std::size_t i = 0; i < 100; ++i) {
      items.push_back(sentence(made_words(random, i * 100, shortest + i)));
    }
    return items;
  };
  BenchmarkIndex index(rule);
  index.add("a", lengths(1));   // the fifth of 1, 2, 3, ...: 5 words, held to 8
  index.add("b", lengths(6));   // 10
  index.add("c", lengths(40));  // 44, held to 13
  EXPECT_EQ(index.benchmarks()[0].words, 8U);
  EXPECT_EQ(index.benchmarks()[1].words, 10U);
  EXPECT_EQ(index.benchmarks()[2].words, 13U);
}

TEST(MatchContamination, CuttingLeavesMarginsOutAndDropsShortPieces) {
  const std::string text(1000, 'x');
  const ContaminationRule rule;
  const auto cut = [&](std::vector<ByteSpan> spans) {
    std::vector<Overlap> overlaps;
    for (const ByteSpan& span : spans) overlaps.push_back({span, 0, 0, 0, 13});
    return cut_overlaps(text, overlaps, rule);
  };
  EXPECT_EQ(cut({{500, 520}}), std::string(300, 'x') + "\n" + std::string(280, 'x'));
  EXPECT_EQ(cut({{400, 520}}), std::string(280, 'x'));  // 200 characters are not more than 200
  EXPECT_EQ(cut({{300, 700}}), std::nullopt);
  EXPECT_EQ(cut({{0, 100}, {50, 300}}), std::string(500, 'x'));
  EXPECT_EQ(cut(std::vector<ByteSpan>(10, ByteSpan{0, 2})), std::string(798, 'x'));
  std::vector<ByteSpan> many;
  for (std::uint32_t i = 0; i < 11; ++i) many.push_back({i * 3, i * 3 + 1});
  EXPECT_EQ(cut(many), std::nullopt);
  std::string wide;
  for (int i = 0; i < 600; ++i) wide += "é";
  EXPECT_EQ(cut_overlaps(wide, {{{0, 10}, 0, 0, 0, 13}}, rule)->size(), 2U * (600 - 5 - 200));
}

TEST(MatchContamination, TheStageNamesBenchmarkItemAndSpan) {
  const TestFolder folder;
  const std::string path = folder.write(
      "quiz.jsonl",
      "{\"question\": \"first\"}\n{\"question\": \"Why does the old river run so slowly past the "
      "quiet little mill at night?\", \"choices\": [\"It is deep\", \"It is flat\"]}\n");
  const Bench bench;
  const Json options = {{"benchmarks", {"quiz=" + path}}};
  const auto stage = match_row_stages()[1].make(options, bench);
  Record record;
  record.fields = {{"instruction",
                    "Say: why does the old river run so slowly past the quiet, "
                    "little mill at night"},
                   {"output", "x"}};
  const Verdict verdict = stage->apply(record);
  EXPECT_EQ(verdict.kind, Verdict::Kind::kDropped);
  EXPECT_THAT(verdict.detail, HasSubstr("quiz item 2 (" + path + ":2): 15 words at bytes 5 to"));
  record.fields["instruction"] = "another question";
  EXPECT_EQ(stage->apply(record).kind, Verdict::Kind::kKept);
  EXPECT_THAT(error_of([&] {
                match_row_stages()[1].make({{"benchmarks", {path + "x"}}}, bench);
              }),
              HasSubstr("quiz.jsonl"));
}

}  // namespace
}  // namespace fettle::data
