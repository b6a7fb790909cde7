#include "recipe/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace fettle::recipe {
namespace {

struct SourceOptions {
  std::string path;
  std::int64_t max_rows = 0;
  template <class Visitor>
  void fields(Visitor& v) {
    v("path", path, {.help = "where", .aliases = {"file"}, .required = true});
    v("max_rows", max_rows, {.min = 0, .help = "rows"});
  }
};

struct NearOptions {
  double threshold = 0.8;
  std::string keep = "first";
  template <class Visitor>
  void fields(Visitor& v) {
    v("threshold", threshold, {.min = 0, .max = 1, .help = "similarity"});
    v("keep", keep, {.choices = {"first", "longest"}, .help = "which"});
  }
};

PrepareTables tables() {
  PrepareTables out;
  out.source_options = data::options_of<SourceOptions>();
  out.stages = {{"near", "near duplicates", "Broder 1997", data::options_of<NearOptions>()},
                {"empty", "drops empty rows", "", {}},
                {"split", "splits", "", data::options_of<NearOptions>()}};
  return out;
}

PrepareRecipe read(std::string_view source, std::vector<std::string> set = {}) {
  return read_prepare_recipe(source, "r.yaml", tables(), set);
}

std::string problems(std::string_view source, std::vector<std::string> set = {}) {
  try {
    (void)read(source, std::move(set));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no problem";
}

constexpr std::string_view kGood = R"(sources:
  - path: a.jsonl
    max_rows: 10
  - b.jsonl
stages:
  - empty
  - near: {threshold: 0.5}
split: {keep: longest}
output: {seed: 7}
)";

TEST(PrepareRecipe, ReadsSourcesStagesAndSections) {
  const PrepareRecipe recipe = read(kGood);
  ASSERT_EQ(recipe.sources.size(), 2U);
  EXPECT_EQ(recipe.sources[0]["max_rows"], 10);
  EXPECT_EQ(recipe.sources[1]["path"], "b.jsonl");
  ASSERT_EQ(recipe.stages.size(), 3U);
  EXPECT_EQ(recipe.stages[1].options["threshold"], 0.5);
  EXPECT_EQ(recipe.stages[1].options["keep"], "first");
  EXPECT_EQ(recipe.stages[2].name, "split");
  EXPECT_EQ(recipe.output.seed, 7);
}

TEST(PrepareRecipe, TheFrozenOneReadsBackToTheSame) {
  const std::string frozen = dump_prepare_recipe(read(kGood));
  EXPECT_EQ(dump_prepare_recipe(read(frozen)), frozen);
  EXPECT_THAT(frozen, ::testing::HasSubstr("threshold: 0.5"));
}

TEST(PrepareRecipe, AllProblemsAtOnceWithTheirLines) {
  const std::string all = problems(R"(sources:
  - pth: a.jsonl
  - {path: b, max_rows: -1}
stages:
  - neer
  - near: {treshold: 0.5, keep: last}
outptu: {seed: 1}
)");
  EXPECT_THAT(all, ::testing::HasSubstr("r.yaml:2: unknown key \"pth\" of source 1: did you mean"));
  EXPECT_THAT(all, ::testing::HasSubstr("source 1 lacks \"path\""));
  EXPECT_THAT(all, ::testing::HasSubstr("r.yaml:3: source 2: max_rows"));
  EXPECT_THAT(all, ::testing::HasSubstr("r.yaml:5: "));
  EXPECT_THAT(all, ::testing::HasSubstr("did you mean \"threshold\"?"));
  EXPECT_THAT(all, ::testing::HasSubstr("keep"));
  EXPECT_THAT(all, ::testing::HasSubstr("r.yaml:7: "));
}

TEST(PrepareRecipe, ArgumentsReplaceValues) {
  const PrepareRecipe recipe = read(
      kGood, {"near.threshold=0.25", "seed=3", "sources.1.max_rows=4", "output.num_threads=2"});
  EXPECT_EQ(recipe.stages[1].options["threshold"], 0.25);
  EXPECT_EQ(recipe.output.seed, 3);
  EXPECT_EQ(recipe.sources[1]["max_rows"], 4);
  EXPECT_EQ(recipe.output.num_threads, 2);
  EXPECT_THAT(problems(kGood, {"nar.threshold=1"}), ::testing::HasSubstr("did you mean \"near\""));
  EXPECT_THAT(problems(kGood, {"sources.9.path=x"}),
              ::testing::HasSubstr("sources.0 to sources.1"));
  EXPECT_THAT(problems(kGood, {"seed"}), ::testing::HasSubstr("key=value"));
}

TEST(PrepareRecipe, HostileShapesAreProblems) {
  EXPECT_NE(problems("sources: 3"), "no problem");
  EXPECT_NE(problems("- a"), "no problem");
  EXPECT_NE(problems("sources: [{path: a}, [b]]"), "no problem");
  EXPECT_NE(problems("sources: [a]\nstages: [{near: 3}]"), "no problem");
  EXPECT_NE(problems("sources: [a]\nstages: {near: {}}"), "no problem");
  EXPECT_NE(problems("sources: [a]\nsources: [b]"), "no problem");
  EXPECT_NE(problems("stages: []"), "no problem");
  EXPECT_NE(problems("sources: [a]\noutput: [3]"), "no problem");
  EXPECT_EQ(problems("sources: [a]\nstages: [{near: }]"), "no problem");
}

TEST(PrepareRecipe, EveryOptionIsDocumented) {
  const std::string words = prepare_fields_text(tables());
  for (const char* key : {"max_rows", "threshold", "output_dir", "max_memory_gb", "Broder 1997"}) {
    EXPECT_THAT(words, ::testing::HasSubstr(key));
  }
  EXPECT_EQ(prepare_fields_json(tables())[0]["key"], "path");
}

}  // namespace
}  // namespace fettle::recipe
