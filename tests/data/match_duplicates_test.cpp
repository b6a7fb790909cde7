// Duplicates found among rows with planted relations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/match_support.h"

namespace fettle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kShingle = 3;

NearOptions near_options_of(double threshold) {
  NearOptions options;
  options.shingling = {false, kShingle};
  options.threshold = threshold;
  return options;
}

// Originals, each followed by copies with more and more words changed: similarities from 1 to 0.3.
std::vector<std::string> planted(std::size_t originals) {
  const Random random(11, "planted");
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < originals; ++i) {
    auto words = made_words(random, i * 1000, 60);
    texts.push_back(sentence(words));
    for (std::size_t edit = 0; edit < i % 9; ++edit) words[3 + 6 * edit] = made_word(i * 77 + edit);
    texts.push_back(sentence(words));
    if (i % 5 == 0) texts.push_back("  " + sentence(words) + " !");
  }
  return texts;
}

// Clusters of all pairs at or above the threshold, by comparing every pair.
std::set<std::uint32_t> brute_force(const std::vector<std::string>& texts, double threshold) {
  std::vector<std::string> normal;
  for (const std::string& text : texts) normal.push_back(normal_text(text));
  std::vector<std::uint32_t> root(texts.size());
  for (std::uint32_t i = 0; i < root.size(); ++i) root[i] = i;
  for (std::uint32_t i = 0; i < texts.size(); ++i) {
    for (std::uint32_t j = 0; j < i; ++j) {
      if (root[i] == root[j] || plain_jaccard(normal[i], normal[j], kShingle) < threshold) continue;
      const std::uint32_t low = std::min(root[i], root[j]);
      const std::uint32_t high = std::max(root[i], root[j]);
      for (std::uint32_t& one : root) one = one == high ? low : one;
    }
  }
  std::set<std::uint32_t> dropped;
  for (std::uint32_t i = 0; i < root.size(); ++i) {
    if (root[i] != i) dropped.insert(i);
  }
  return dropped;
}

TEST(MatchDuplicates, PlantedPairsAreFoundAsComparingAllPairsFindsThem) {
  const TestFolder folder;
  const std::vector<std::string> texts = planted(120);
  for (const double threshold : {0.5, 0.8}) {
    const Fingerprinter prints(near_options_of(threshold), 1);
    const Found found = search(prints, texts, {}, {folder.path()});
    const std::set<std::uint32_t> truth = brute_force(texts, threshold);
    const std::set<std::uint32_t> dropped = found.dropped();
    for (const std::uint32_t row : dropped) EXPECT_TRUE(truth.contains(row)) << row;
    // 99% of pairs at the threshold and more of those above it; the seed is fixed.
    EXPECT_GE(static_cast<double>(dropped.size()), 0.99 * static_cast<double>(truth.size()));
    EXPECT_GT(truth.size(), 60U);
  }
}

TEST(MatchDuplicates, NeitherThreadsNorMemoryNorFilesChangeWhatIsFound) {
  const TestFolder folder;
  const std::vector<std::string> texts = planted(300);
  const Fingerprinter prints(near_options_of(0.7), 1);
  const std::string once = search(prints, texts, {}, {folder.path(), 1 << 20, 1}).text();
  EXPECT_EQ(search(prints, texts, {}, {folder.path(), 1 << 28, 4}).text(), once);
  EXPECT_THAT(once, HasSubstr("\n"));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(MatchDuplicates, EqualRowsAreThoseOfEqualNormalText) {
  const TestFolder folder;
  const std::vector<std::string> texts = {"Alpha beta.", "other", "alpha  BETA", "alphabeta", "",
                                          "alpha beta!", "?"};
  const Found found = search(Fingerprinter::exact(), texts, {}, {folder.path()});
  EXPECT_THAT(found.dropped(), ElementsAre(2, 5, 6));
  EXPECT_EQ(found.report.exact, 3U);
  for (const ClusterRow& row : found.rows) EXPECT_EQ(row.exact, row.dropped);
}

TEST(MatchDuplicates, TheHighestRankIsKeptAndTheFirstAmongEquals) {
  const TestFolder folder;
  const std::vector<std::string> texts(4, "the very same words in every one of the rows");
  const Fingerprinter prints(near_options_of(0.8), 1);
  EXPECT_THAT(search(prints, texts, {{1}, {3}, {3}, {2}}, {folder.path()}).dropped(),
              ElementsAre(0, 2, 3));
  EXPECT_THAT(search(prints, texts, {}, {folder.path()}).dropped(), ElementsAre(1, 2, 3));
}

TEST(MatchDuplicates, GuardedRowsAreNeverDropped) {
  const TestFolder folder;
  const std::vector<std::string> texts(4, "the very same words in every one of the rows");
  const Found found = search(Fingerprinter(near_options_of(0.8), 1), texts,
                             {{9}, {0, true}, {1, true}, {}}, {folder.path()});
  EXPECT_THAT(found.dropped(), ElementsAre(0, 3));
  EXPECT_EQ(found.rows[0].kept, 2U);
}

TEST(MatchDuplicates, AChainIsOneClusterAndSaysItsTrueSimilarity) {
  const TestFolder folder;
  const Random random(5, "chain");
  auto words = made_words(random, 0, 60);
  std::vector<std::string> texts = {sentence(words)};
  for (std::size_t step = 0; step < 5; ++step) {
    words[3 + 9 * step] = made_word(step + 5);
    texts.push_back(sentence(words));
  }
  const Found found = search(Fingerprinter(near_options_of(0.8), 1), texts, {}, {folder.path()});
  ASSERT_EQ(found.rows.size(), 6U);
  for (std::size_t i = 1; i < 6; ++i) {
    EXPECT_EQ(found.rows[i].kept, 0U);
    EXPECT_DOUBLE_EQ(found.rows[i].similarity, plain_jaccard(texts[0], texts[i], kShingle));
  }
  EXPECT_LT(found.rows[5].similarity, 0.8);
}

TEST(MatchDuplicates, ManyCopiesOfOneTemplateMakeFewPairs) {
  const TestFolder folder;
  const Random random(6, "template");
  const std::string base = sentence(made_words(random, 0, 60));
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < 2000; ++i) texts.push_back(base + " " + made_word(i * 31));
  const Found found = search(Fingerprinter(near_options_of(0.8), 1), texts, {}, {folder.path()});
  EXPECT_EQ(found.dropped().size(), 1999U);
  EXPECT_LT(found.report.candidates, 2000U * 32);
}

TEST(MatchDuplicates, NothingIsFoundAmongRowsThatDiffer) {
  const TestFolder folder;
  const Random random(8, "differ");
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < 500; ++i) texts.push_back(sentence(made_words(random, i * 99, 30)));
  texts.emplace_back();
  const Found found = search(Fingerprinter(near_options_of(0.5), 1), texts, {}, {folder.path()});
  EXPECT_THAT(found.rows, IsEmpty());
}

TEST(MatchDuplicates, AFolderThatIsNotThereIsAnError) {
  EXPECT_THAT(error_of([] {
                search(Fingerprinter::exact(), {}, {}, {"/nowhere/at/all"});
                search(Fingerprinter(near_options_of(0.8), 1), {"a"}, {}, {"/nowhere/at/all"});
              }),
              HasSubstr("cannot create the work file /nowhere/at/all/"));
}

}  // namespace
}  // namespace fettle::data
