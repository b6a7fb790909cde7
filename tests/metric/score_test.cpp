#include "metric/score.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "metric/metrics.h"
#include "metric/paired.h"
#include "metric/ter.h"

namespace fettle::metric {
namespace {

Columns texts() {
  return {.answers = {"the cat sat", "", "a b c"},
          .references = {{"the cat sat down"}, {"x"}, {"a b c", "c"}}};
}

std::string refusal(std::string_view name, const Columns& columns, const Json& options = nullptr) {
  try {
    static_cast<void>(prepare(name, columns, options));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// Columns that every kind of metric can read.
Columns everything() {
  Columns out = texts();
  out.truth = {0, 1, 1};
  out.said = {0, 1, 0};
  out.classes = 2;
  out.probabilities = {{0.2}, {0.9}, {0.4}};
  out.targets = {1, 2, 4};
  out.values = {1, 3, 3};
  out.nll = {1, 2, 3};
  out.tokens = {2, 2, 2};
  out.words = {1, 1, 1};
  out.bytes = {5, 5, 5};
  out.right_tokens = {1, 2, 0};
  out.samples = {4, 4, 4};
  out.passed = {0, 2, 4};
  return out;
}

TEST(Score, EveryRowOfTheTableIsComputedOrIsATable) {
  const Columns columns = everything();
  for (const MetricRow& row : metrics()) {
    if (row.prepare == nullptr) {
      EXPECT_NE(refusal(row.name, columns).find("a table"), std::string::npos) << row.name;
      continue;
    }
    if (row.name == "meteor") continue;  // needs WordNet's files
    const Json options = row.name == "json_schema" ? Json{{"schema", "{}"}} : Json(nullptr);
    if (row.name == "tool_call") continue;  // wants calls as references
    const Prepared prepared = prepare(row.name, columns, options);
    EXPECT_EQ(prepared.rows, 3U) << row.name;
    EXPECT_TRUE(std::isfinite(prepared.figure())) << row.name;
    // The figure of all rows is the figure of their indices, whether sums or whole.
    const std::vector<std::size_t> backwards = {2, 1, 0};
    EXPECT_NEAR(prepared.figure(backwards), prepared.figure(), 1e-12) << row.name;
    EXPECT_NE(refusal(row.name, columns, Json{{"no_such_option", 1}}), "") << row.name;
    if (row.interval == IntervalKind::kWilson) {
      ASSERT_GE(prepared.width, 1U) << row.name;
      for (std::size_t i = 0; i < 3; ++i) {
        const double value = prepared.statistics[i * prepared.width];
        EXPECT_TRUE(value == 0 || value == 1) << row.name;
      }
    }
  }
}

TEST(Score, RefusesNoRows) {
  for (const MetricRow& row : metrics()) {
    if (row.prepare == nullptr || row.name == "json_schema") continue;
    EXPECT_NE(refusal(row.name, Columns{.classes = 2}).find("no rows"), std::string::npos)
        << row.name << refusal(row.name, Columns{.classes = 2});
  }
}

TEST(Score, SurvivesTextsThatAreNotUtf8) {
  const Columns columns{.answers = {"a\xff\xc3 \xed\xa0\x80 b", "\xf0\x9f"},
                        .references = {{"a\xff b"}, {std::string("\0x", 2)}}};
  for (const MetricRow& row : metrics()) {
    if (row.prepare == nullptr || row.input != Input::kTexts) continue;
    if (row.name == "json_schema" || row.name == "tool_call" || row.name == "meteor") continue;
    EXPECT_TRUE(std::isfinite(prepare(row.name, columns).figure())) << row.name;
  }
}

TEST(Score, KnowsTheNearestName) {
  EXPECT_NE(refusal("blue", texts()).find("did you mean \"bleu\""), std::string::npos);
  EXPECT_NE(refusal("bleu", texts(), {{"tokenise", "zh"}}).find("tokenize"), std::string::npos);
  EXPECT_NE(refusal("bleu", texts(), {{"max_ngram_order", 0}}).find("from 1 to 20"),
            std::string::npos);
  EXPECT_NE(refusal("bleu", texts(), {{"lowercase", "yes"}}).find("true, false"),
            std::string::npos);
  EXPECT_NE(refusal("bleu", texts(), Json::array({1})).find("mapping"), std::string::npos);
}

TEST(Score, WritesASignature) {
  const Score score = compute("bleu", texts(), {.options = {{"tokenize", "intl"}}});
  EXPECT_EQ(score.signature,
            "bleu|nrefs:var|case:mixed|eff:no|tok:intl|smooth:exp|n:3|bootstrap95:1000|seed:0");
  ASSERT_TRUE(score.interval.has_value());
  EXPECT_LE(score.interval->low, score.value);
  EXPECT_GE(score.interval->high, score.value);
}

TEST(Score, TerIsBounded) {
  std::string words;
  for (std::size_t i = 0; i <= kMaxTerWords; ++i) words += "a ";
  const std::vector<std::string> right = {"a"};
  EXPECT_THROW(static_cast<void>(ter_statistics(words, right, {})), DataError);
}

TEST(Paired, SeesADifferenceWhereThereIsOne) {
  Columns good{.targets = std::vector<double>(60, 0.0), .values = {}};
  Columns bad = good;
  for (int i = 0; i < 60; ++i) {
    good.values.push_back(i % 7);
    bad.values.push_back(i % 7 + 1 + i % 3);
  }
  const Prepared first = prepare("mae", good);
  const Prepared second = prepare("mae", bad);
  for (const PairedResult& found :
       {paired_bootstrap(first, second, {}), permutation(first, second, {})}) {
    EXPECT_DOUBLE_EQ(found.difference, -2);
    EXPECT_LT(found.p, 0.002);
  }
  EXPECT_EQ(permutation(first, first, {}).p, 1);
  EXPECT_EQ(paired_bootstrap(first, first, {}).interval.high, 0);
}

TEST(Paired, CorrectsForManyTests) {
  const std::vector<double> p = {0.01, 0.04, 0.03, 0.005};
  EXPECT_EQ(holm(p).size(), 4U);
  EXPECT_NEAR(holm(p)[3], 0.02, 1e-15);
  EXPECT_NEAR(holm(p)[0], 0.03, 1e-15);
  EXPECT_NEAR(holm(p)[1], 0.06, 1e-15);
  EXPECT_NEAR(benjamini_hochberg(p)[0], 0.02, 1e-15);
  EXPECT_TRUE(holm({}).empty());
}

}  // namespace
}  // namespace fettle::metric
