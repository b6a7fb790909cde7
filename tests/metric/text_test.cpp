#include "metric/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "metric/metrics.h"

namespace fettle::metric {
namespace {

double f1(const char* answer, const char* right) {
  const std::vector<std::string> all = {right};
  return token_f1(answer, all);
}

TEST(Text, NormalisesAsSquadDoes) {
  EXPECT_EQ(normalised(" The  Cat, sat. ", Normaliser::kSquad), "cat sat");
  EXPECT_EQ(normalised("a-the an anthem", Normaliser::kSquad), "athe anthem");
  EXPECT_EQ(normalised("\xe2\x80\x9cthe\xe2\x80\x9d x", Normaliser::kSquad),
            "\xe2\x80\x9c \xe2\x80\x9d x");
  EXPECT_EQ(normalised("the", Normaliser::kSquad), "");
  EXPECT_EQ(normalised(" Ab ", Normaliser::kNone), " Ab ");
  EXPECT_EQ(normalised("\n Ab C\t", Normaliser::kStripLower), "ab c");
}

TEST(Text, LowersAsUnicodeSays) {
  const auto lowered = [](const char* source) {
    return normalised(source, Normaliser::kStripLower);
  };
  EXPECT_EQ(lowered("\xc3\x89T\xc3\x89"), "\xc3\xa9t\xc3\xa9");
  // ΟΔΟΣ ends in a final sigma, ΣΑ begins with the other.
  EXPECT_EQ(lowered("\xce\x9f\xce\x94\xce\x9f\xce\xa3"), "\xce\xbf\xce\xb4\xce\xbf\xcf\x82");
  EXPECT_EQ(lowered("\xce\xa3\xce\x91"), "\xcf\x83\xce\xb1");
  EXPECT_EQ(lowered("\xc4\xb0"), "i\xcc\x87");
  EXPECT_EQ(lowered("A\xff\xc3"), "a\xff\xc3");
}

TEST(Text, MatchesSquadsVectors) {
  EXPECT_DOUBLE_EQ(f1("The cat sat.", "cat sat down"), 0.8);
  EXPECT_DOUBLE_EQ(f1("the", "a"), 1);
  EXPECT_DOUBLE_EQ(f1("x", ""), 0);
  EXPECT_DOUBLE_EQ(f1("", ""), 1);
  EXPECT_DOUBLE_EQ(f1("b b", "b"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(f1("b", "c"), 0);
}

TEST(Text, TakesTheBestRightText) {
  const std::vector<std::string> right = {"red fox", "Fox!"};
  EXPECT_DOUBLE_EQ(token_f1("the fox", right), 1);
  EXPECT_TRUE(exact_match("the FOX", right, Normaliser::kSquad));
  EXPECT_FALSE(exact_match("fox", right, Normaliser::kStripLower));
  EXPECT_TRUE(exact_match(" fox! ", right, Normaliser::kStripLower));
  EXPECT_FALSE(exact_match("fox!", right, Normaliser::kNone));
  EXPECT_TRUE(exact_match("Fox!", right, Normaliser::kNone));
  EXPECT_TRUE(exact_match("the", {}, Normaliser::kSquad));
  EXPECT_FALSE(exact_match("x", {}, Normaliser::kSquad));
  EXPECT_DOUBLE_EQ(token_f1("", {}), 1);
  EXPECT_DOUBLE_EQ(token_f1("x", {}), 0);
}

TEST(Text, TurnsLikelihoodsIntoFigures) {
  // A uniform choice of 8 over 5 tokens: perplexity 8; over 15 bytes: one bit a byte.
  EXPECT_NEAR(perplexity(5 * std::log(8.0), 5), 8, 1e-12);
  EXPECT_NEAR(bits_per_byte(5 * std::log(8.0), 15), 1, 1e-12);
  EXPECT_TRUE(std::isnan(perplexity(0, 0)));
  EXPECT_TRUE(std::isnan(bits_per_byte(0, 0)));
}

TEST(Metrics, EachRowIsNamedOnceAndExplained) {
  std::set<std::string_view> names;
  for (const MetricRow& row : metrics()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.help.empty()) << row.name;
    EXPECT_FALSE(row.source.empty()) << row.name;
  }
  EXPECT_EQ(names.size(), metrics().size());
}

}  // namespace
}  // namespace fettle::metric
