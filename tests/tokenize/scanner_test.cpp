// The hand-written scanners against PCRE2 on the same expressions, and in linear time.
#include "tokenize/scanner.h"

#include <gtest/gtest.h>

#include <random>

#include "tokenize/pattern.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

std::vector<Match> parts_of(const Pattern& pattern, std::string_view text) {
  std::vector<Match> parts;
  pattern.find(text, parts);
  return parts;
}

bool same(const std::vector<Match>& a, const std::vector<Match>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Match& x, const Match& y) {
    return x.span == y.span && x.hit == y.hit;
  });
}

std::string random_text(std::mt19937& random) {
  static constexpr std::u32string_view kCharacters =
      U"aZsStTrReEvVmMlLdD''''    "
      U"\t\n\r\n0129.,!?-_\u00E9\u017F\u4E00\u0301\u2167\u00BD\u3000\u0085"
      U"\u200D\U0001F600\u0661\u180E\uFFFD";
  std::string text;
  for (std::size_t left = random() % 24; left > 0; --left) {
    append_utf8(text, kCharacters[random() % kCharacters.size()]);
  }
  return text;
}

TEST(Scanner, CutsAsTheExpressionDoes) {
  std::mt19937 random(1);
  for (const std::string_view expression :
       {gpt2_expression(), llama3_expression(), qwen2_expression(), std::string_view(R"(\s+$)")}) {
    ASSERT_NE(scanner_of(expression), nullptr);
    const auto scanned = regex_pattern(expression, "test");
    // The group hides the expression from the table.
    const auto grouped = regex_pattern("(?:" + std::string(expression) + ")", "test");
    for (int i = 0; i < 20'000; ++i) {
      const std::string text = random_text(random);
      ASSERT_TRUE(same(parts_of(*scanned, text), parts_of(*grouped, text)))
          << expression << " on " << text;
    }
  }
}

std::string repeated(std::string_view unit, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += unit;
  return text;
}

TEST(Scanner, TakesAMebibyteOfEachKindOfCharacter) {
  for (const std::string_view unit :
       {"a", "A", "0", " ", "\n", ".", "\u4E00", "\u0301", "\U0001F468\u200D", "\uFFFD",
        "\U0010FFFF", " x", "\r\n", "'s"}) {
    const std::string text = repeated(unit, std::size_t{1} << 20);
    for (const std::string_view expression :
         {gpt2_expression(), llama3_expression(), qwen2_expression(), std::string_view(R"(\s+$)"),
          std::string_view(R"(\s?\p{L}+)"), std::string_view(R"(\s?\p{P}+)")}) {
      const std::vector<Match> parts = parts_of(*regex_pattern(expression, "test"), text);
      ASSERT_FALSE(parts.empty());
      ASSERT_EQ(parts.back().span.end, text.size());
    }
  }
}

TEST(Scanner, KnowsOnlyItsOwnExpressions) {
  EXPECT_EQ(scanner_of(R"(\s+)"), nullptr);
  EXPECT_EQ(scanner_of(""), nullptr);
}

TEST(Pattern, TranslatesOniguruma) {
  EXPECT_EQ(pcre_expression(R"(a\.b[^x]\[)", "t"), R"(a\.b[^x]\[)");
  EXPECT_EQ(pcre_expression(R"(\h[\h]\H)", "t"), "[0-9A-Fa-f][0-9A-Fa-f][^0-9A-Fa-f]");
  EXPECT_EQ(pcre_expression(R"((?m:.)(?i)(?!x)(?<n>y))", "t"), R"((?s:.)(?i)(?!x)(?<n>y))");
  EXPECT_EQ(pcre_expression(R"(\u4e00\p{Han}\p{^Han})", "t"), R"(\x{4e00}[\p{Han}][^\p{Han}])");
  EXPECT_EQ(pcre_expression("[]a][[:alpha:]]", "t"), "[]a][[:alpha:]]");
}

TEST(Pattern, AppliesEachBehavior) {
  const auto spelt = [](SplitBehavior behavior) {
    const std::string_view text = "--a-b--";
    std::vector<Match> parts = parts_of(*literal_pattern("-"), text);
    apply_behavior(behavior, parts);
    std::string out;
    for (const Match& part : parts) {
      if (part.hit) continue;
      out += std::string(text.substr(part.span.begin, part.span.end - part.span.begin)) + "|";
    }
    return out;
  };
  EXPECT_EQ(spelt(SplitBehavior::kRemoved), "a|b|");
  EXPECT_EQ(spelt(SplitBehavior::kIsolated), "-|-|a|-|b|-|-|");
  EXPECT_EQ(spelt(SplitBehavior::kContiguous), "--|a|-|b|--|");
  EXPECT_EQ(spelt(SplitBehavior::kMergedWithPrevious), "-|-|a-|b-|-|");
  EXPECT_EQ(spelt(SplitBehavior::kMergedWithNext), "-|-a|-b|-|-|");
}

}  // namespace
}  // namespace fettle::tokenize
