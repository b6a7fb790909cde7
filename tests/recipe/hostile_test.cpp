#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "recipe/yaml.h"
#include "tests/recipe/read.h"

namespace fettle::recipe {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Hostile, BrokenYamlIsReportedWithItsLine) {
  EXPECT_THAT(report("a: 1\nb: [1\n"), StartsWith("r.yaml:3: is not YAML: "));
  EXPECT_THAT(report("a: 1\n\tb: 2\n"), StartsWith("r.yaml:2: "));
  EXPECT_THAT(report("a: 1: 2\n"), StartsWith("r.yaml:1: is not YAML: "));
}

TEST(Hostile, RefusesWhatRecipesDoNotNeed) {
  EXPECT_EQ(report("a: &x 1\n"),
            "r.yaml:1: anchors (&name) are not read in a recipe; write the value out");
  EXPECT_THAT(report("a: 1\nb: *x\n"), StartsWith("r.yaml:2: "));
  EXPECT_EQ(report("\na: !!python/object:os.system x\n"),
            "r.yaml:2: the tag \"tag:yaml.org,2002:python/object:os.system\" is not read in a "
            "recipe; take it away");
  EXPECT_EQ(report("a: 1\n---\nb: 1\n"), "r.yaml:3: a recipe is one document; a second begins");
  EXPECT_EQ(report("- a\n"),
            "r.yaml:1: a recipe is a map of keys and values, such as \"model: "
            "...\"\nr.yaml: section \"model\" lacks \"model_name_or_path\": "
            "folder of the base model in Hugging Face's layout, or a GGUF file\n"
            "r.yaml: section \"data\" lacks \"dataset\": files of training rows "
            "(.jsonl, .json, .csv, .tsv, .txt, each also .gz), folders that "
            "`fettle prepare` wrote, or `wordnet`");
  EXPECT_EQ(report("? [a]\n: 1\n"),
            "r.yaml:1: a key must be a word, not a list or a map; is a bracket left open?");
}

TEST(Hostile, RefusesBytesThatAreNotUtf8) {
  constexpr std::string_view kWhat = "holds a byte that is not UTF-8 text; save the file as UTF-8";
  for (const std::string bad :
       {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x01", "\x7f"}) {
    EXPECT_EQ(report("a: 1\nb: " + bad + "\n"), "r.yaml:2: " + std::string(kWhat));
  }
  EXPECT_EQ(report(std::string("a: \0", 4)), "r.yaml:1: " + std::string(kWhat));
}

TEST(Hostile, BoundsNesting) {
  EXPECT_EQ(report("a: " + std::string(20, '[') + std::string(20, ']')),
            "r.yaml:1: values are nested deeper than 16 levels");
  EXPECT_THAT(report("a: " + std::string(200'000, '[')), HasSubstr("is a bracket left open?"));
  std::string lists;
  for (int i = 0; i < 100'000; ++i) lists += "- ";
  EXPECT_EQ(report(lists), "r.yaml:1: values are nested deeper than 16 levels");
  EXPECT_THAT(report("a: " + std::string(200'000, '{')), HasSubstr("r.yaml:1: "));
  std::string keys;
  for (int i = 0; i < 100'000; ++i) keys += "? ";
  EXPECT_THAT(report(keys), HasSubstr("r.yaml:1: "));
}

TEST(Hostile, AReportOfManyProblemsEnds) {
  std::string many;
  for (int i = 0; i < 50'000; ++i) many += "k" + std::to_string(i) + ": 1\n";
  const std::string all = report(many);
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 100);
  EXPECT_THAT(all, HasSubstr("more than 100 problems; the rest is left out"));
}

TEST(Hostile, LongKeysAndValuesAreCutInTheReport) {
  const std::string key(100'000, 'k');
  EXPECT_LT(report(key + ": 1\n").size(), 1000U);
  EXPECT_LT(report_with("seed: " + key + "\n").size(), 1000U);
  EXPECT_LT(report_with("", {key}).size(), 1000U);
}

// Any bytes give a recipe or a report: no crash, no other exception.
TEST(Hostile, MutatedRecipesGiveARecipeOrAReport) {
  const std::string good = dump_recipe(read_with("labels: [a, 'b', \"c\"]\nsystem: |\n  x\n"));
  constexpr std::string_view kParts = "\n\t :-[]{},&*!?|>'\"%@`#~.0123abc<=\xc3\xa9";
  const Random random(3, "mutations");
  std::uint64_t drawn = 0;
  int reports = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = good;
    for (std::uint64_t edits = 1 + random.below(drawn++, 6); edits > 0; --edits) {
      const std::uint64_t at = random.below(drawn++, bytes.size());
      const std::uint64_t length = random.below(drawn++, 9);
      const char part = kParts[random.below(drawn++, kParts.size())];
      if (random.below(drawn++, 3) == 0) {
        bytes.resize(at + 1);
      } else {
        bytes.replace(at, length, random.below(drawn++, 4), part);
      }
    }
    reports += report(bytes).empty() ? 0 : 1;
  }
  EXPECT_GT(reports, 2000);
}

}  // namespace
}  // namespace fettle::recipe
