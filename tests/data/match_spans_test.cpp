// Spans that rows share, cutting them, and the files that sorting spills to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/match/print.h"
#include "data/match/sorter.h"
#include "data/match/span_stages.h"
#include "data/match/spans.h"
#include "tests/data/match_support.h"

namespace fettle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string made_text(std::uint64_t number, std::size_t bytes) {
  const Random random(21, "spans");
  std::string out = sentence(made_words(random, number * 1000, bytes / 9 + 2));
  out.resize(bytes);
  return out;
}

struct Row {
  std::uint32_t row;
  std::vector<SharedSpan> spans;
};

std::vector<Row> spans_among(const std::vector<std::string>& texts, std::size_t bytes) {
  const TestFolder folder;
  std::vector<std::string> prints(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) span_print(texts[i], bytes, prints[i]);
  std::vector<Row> rows;
  find_shared_spans(
      [&](const PrintVisit& visit) {
        for (std::size_t i = 0; i < prints.size(); ++i) visit(i, prints[i]);
      },
      texts.size(), bytes, {folder.path(), 1 << 16, 1},
      [&](std::uint32_t row, std::uint32_t row_bytes, const std::vector<SharedSpan>& spans) {
        EXPECT_EQ(row_bytes, texts[row].size());
        rows.push_back({row, spans});
      });
  return rows;
}

TEST(MatchSpans, EveryPlantedSpanIsFoundToTheByteAndNoShorterOne) {
  std::vector<std::string> texts;
  std::vector<std::uint32_t> planted;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const std::size_t length = 80 + i % 60;  // spans from 100 on are asked for
    const std::string span = "<" + made_text(1000 + i, length - 2) + ">";
    texts.push_back(made_text(i, i % 97) + "1" + span + "2" + made_text(2000 + i, 50));
    texts.push_back(made_text(3000 + i, 40 + i % 31) + "3" + span + "4");
    if (length >= 100) planted.push_back(static_cast<std::uint32_t>(2 * i + 1));
  }
  std::vector<std::uint32_t> found;
  for (const Row& row : spans_among(texts, 100)) {
    found.push_back(row.row);
    ASSERT_EQ(row.spans.size(), 1U);
    const SharedSpan& span = row.spans[0];
    EXPECT_EQ(span.other, row.row - 1);
    EXPECT_EQ(span.here.size(), 80 + (row.row / 2) % 60);
    EXPECT_EQ(texts[row.row].substr(span.here.begin, span.here.size()),
              texts[span.other].substr(span.there, span.here.size()));
  }
  EXPECT_EQ(found, planted);
}

TEST(MatchSpans, SpansFromSeveralRowsAndOverlapsAreAllCovered) {
  const std::string a = made_text(1, 300);
  const std::string b = made_text(2, 300);
  const std::string both = a.substr(100) + b.substr(0, 150);
  const auto rows = spans_among({a, b, both, "x" + both}, 100);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(covered_bytes(rows[0].spans), both.size());
  EXPECT_EQ(covered_bytes(rows[1].spans), both.size());
}

TEST(MatchSpans, MonotonousTextIsHandled) {
  const std::string same(5000, 'a');
  const auto rows = spans_among({same, "b" + same, same.substr(0, 99)}, 100);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(covered_bytes(rows[0].spans), 5000U);
}

TEST(MatchSpans, ASpanEndsAtWholeCharacters) {
  // é and è share their first byte.
  const std::string common = made_text(9, 120);
  const auto rows = spans_among({common + "é", common + "è"}, 100);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].spans[0].here, (ByteSpan{0, 120}));
}

TEST(MatchSpans, CuttingTakesTheNotedBytesOfEachText) {
  Json fields = {{"prompt", "abcdef"}, {"completion", "ghiéjk"}};
  EXPECT_EQ(cut_noted_spans(fields, "[[1,3],[5,9]]"), 5U);
  EXPECT_EQ(fields["prompt"], "ade");
  EXPECT_EQ(fields["completion"], "iéjk");
  EXPECT_EQ(cut_noted_spans(fields, "[[6,7],[100,200]]"), 0U);  // half a character, and behind all
  for (const char* const bad :
       {"", "[[3,1]]", "[[1,2],[0,1]]", "[[1]]", "[[-1,2]]", "{}", "[[[1]]]"}) {
    EXPECT_THAT(error_of([&] { cut_noted_spans(fields, bad); }), HasSubstr("ascending order"))
        << bad;
  }
}

TEST(MatchSorter, SortsAcrossRunsAndRemovesItsFiles) {
  const TestFolder folder;
  const Random random(4, "sorter");
  {
    Sorter<std::uint64_t> sorter(folder.path(), "numbers", 1 << 14);
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t i = 0; i < 50000; ++i) numbers.push_back(random.below(i, 40000));
    for (const std::uint64_t number : numbers) sorter.add(number);
    EXPECT_FALSE(fs::is_empty(folder.path()));
    std::sort(numbers.begin(), numbers.end());
    std::vector<std::uint64_t> sorted;
    sorter.for_each([&](std::uint64_t number) { sorted.push_back(number); });
    EXPECT_EQ(sorted, numbers);
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(MatchPrint, ACutPrintIsRefused) {
  std::string print;
  Fingerprinter(NearOptions{}, 1).print("some words", {}, print);
  for (const std::size_t size : {std::size_t{0}, sizeof(PrintHead) - 1, sizeof(PrintHead) + 9}) {
    EXPECT_THAT(error_of([&] { PrintView(std::string_view(print).substr(0, size)); }),
                HasSubstr("was cut off"));
  }
}

}  // namespace
}  // namespace fettle::data
