// Normal text, shingles, MinHash: the parts that duplicates are found by.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/data/match_support.h"

namespace fettle::data {
namespace {

using ::testing::ElementsAre;

TEST(MatchWords, LowersDeletesPunctuationAndJoinsWithOneSpace) {
  EXPECT_EQ(normal_text("  Don't \t STOP--now!\n(\"Yes_No\") 3.14 "), "dont stopnow yesno 314");
  EXPECT_EQ(normal_text("ÄÖÜ É\u00a0ß… “q” — £5"), "äöü é ß q 5");
  EXPECT_EQ(normal_text("\u200bA\ufeffB"), "ab");
  EXPECT_EQ(normal_text("!?"), "");
  EXPECT_EQ(normal_text(""), "");
}

TEST(MatchWords, ScriptsWithoutSpacesGiveAWordACharacter) {
  EXPECT_EQ(normal_text("漢字abcかな。"), "漢 字 abc か な");
  EXPECT_EQ(normal_text("क्षि नमस्ते"), "क्षि नमस्ते");  // marks stay with their letters
}

TEST(MatchWords, BytesThatAreNotUtf8AreKept) {
  EXPECT_EQ(normal_text("a\xff\xc3 b\xe2\x82"), "a\xff\xc3 b\xe2\x82");
}

TEST(MatchWords, SpansNameTheSource) {
  const std::string source = " Über-Flug,  naïve\u2026 Z";
  const Words words = words_of(source);
  std::vector<std::string> from;
  for (const ByteSpan& span : words.source) from.push_back(source.substr(span.begin, span.size()));
  EXPECT_THAT(from, ElementsAre("Über-Flug", "naïve", "Z"));
  EXPECT_EQ(words.word(0), "überflug");
  EXPECT_EQ(words.text, normal_text(source));
}

TEST(MatchShingles, AreTheRunsOfWordsAndCharacters) {
  std::vector<std::uint64_t> a;
  std::vector<std::uint64_t> b;
  const Random random(3, "shingles");
  for (std::uint64_t i = 0; i < 50; ++i) {
    auto words = made_words(random, i * 100, 40);
    const std::string first = sentence(words);
    for (std::size_t k = 0; k < i % 7; ++k) words[(i * 5 + k * 9) % 40] = made_word(i + k);
    const std::string second = sentence(words);
    shingles_of(first, {false, 3}, a);
    shingles_of(second, {false, 3}, b);
    EXPECT_DOUBLE_EQ(jaccard(a, b), plain_jaccard(first, second, 3));
  }
  shingles_of("abcd", {true, 3}, a);
  shingles_of("xbcd", {true, 3}, b);
  EXPECT_DOUBLE_EQ(jaccard(a, b), 1.0 / 3);
  shingles_of("aé漢b", {true, 2}, a);
  EXPECT_EQ(a.size(), 3U);
}

TEST(MatchShingles, AShortTextIsOneShingleAndAnEmptyOneNone) {
  std::vector<std::uint64_t> a;
  std::vector<std::uint64_t> b;
  shingles_of("two words", {false, 5}, a);
  shingles_of("two words", {false, 5}, b);
  EXPECT_EQ(a.size(), 1U);
  EXPECT_EQ(jaccard(a, b), 1);
  shingles_of("", {false, 5}, a);
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(jaccard(a, a), 0);
}

// Sets of the given Jaccard similarity: `both` common hashes, `each` of their own.
struct SetPair {
  std::vector<std::uint64_t> a;
  std::vector<std::uint64_t> b;
};

SetPair sets_of(std::uint64_t number, std::size_t both, std::size_t each) {
  SetPair pair;
  for (std::size_t i = 0; i < both + 2 * each; ++i) {
    const std::uint64_t hash = mix64(number * 1000003 + i);
    if (i < both + each) pair.a.push_back(hash);
    if (i < both || i >= both + each) pair.b.push_back(hash);
  }
  return pair;
}

TEST(MatchMinHash, EstimatesHaveTheirStatedErrorAndNoBias) {
  const MinHasher hasher(128, 7);
  std::vector<std::uint32_t> a(128);
  std::vector<std::uint32_t> b(128);
  constexpr int kPairs = 2000;
  for (const std::size_t both : {10U, 30U, 50U, 70U, 90U}) {
    const std::size_t each = (100 - both) / 2;
    const double truth = static_cast<double>(both) / 100;
    double sum = 0;
    double squares = 0;
    for (std::uint64_t i = 0; i < kPairs; ++i) {
      const SetPair pair = sets_of(i * 7 + both, both, each);
      hasher.sign(pair.a, a);
      hasher.sign(pair.b, b);
      const double error = estimated_jaccard(a, b) - truth;
      sum += error;
      squares += error * error;
    }
    const double stated = truth * (1 - truth) / 128;
    // Six standard errors of a mean over the pairs; the variance of a variance is 2 v^2 / n.
    EXPECT_LT(std::abs(sum / kPairs), 6 * std::sqrt(stated / kPairs)) << truth;
    EXPECT_NEAR(squares / kPairs / stated, 1, 6 * std::sqrt(2.0 / kPairs)) << truth;
  }
}

TEST(MatchMinHash, PairsMeetAsOftenAsTheSCurveSays) {
  const MinHasher hasher(128, 1);
  const Bands bands = choose_bands(0.8, 128, 0.99);
  EXPECT_GE(meeting_chance(0.8, bands), 0.99);
  std::vector<std::uint32_t> signature(128);
  std::vector<std::uint64_t> a;
  std::vector<std::uint64_t> b;
  constexpr int kPairs = 2000;
  for (const std::size_t both : {20U, 40U, 50U, 60U, 70U, 80U, 90U}) {
    int met = 0;
    for (std::uint64_t i = 0; i < kPairs; ++i) {
      const SetPair pair = sets_of(i * 11 + both, both, (100 - both) / 2);
      hasher.sign(pair.a, signature);
      band_keys(signature, bands, a);
      hasher.sign(pair.b, signature);
      band_keys(signature, bands, b);
      bool meets = false;
      for (std::size_t k = 0; k < a.size(); ++k) meets |= a[k] == b[k];
      met += meets;
    }
    const double chance = meeting_chance(static_cast<double>(both) / 100, bands);
    const double error = std::sqrt(std::max(chance * (1 - chance), 1e-4) / kPairs);
    EXPECT_NEAR(static_cast<double>(met) / kPairs, chance, 5 * error) << both;
  }
}

TEST(MatchMinHash, BandsThatCannotBeAreRefused) {
  EXPECT_THAT(error_of([] { static_cast<void>(choose_bands(0.01, 16, 0.999)); }),
              ::testing::HasSubstr("raise permutations or threshold"));
  EXPECT_THAT(error_of([] { MinHasher(8, 0); }), ::testing::HasSubstr("give 16 to 4096"));
}

}  // namespace
}  // namespace fettle::data
