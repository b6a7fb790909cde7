// What rows weigh by their class.
#include "data/class_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/config.h"
#include "data/form.h"
#include "tests/data/support.h"

namespace fettle::data {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

Dataset dataset_of(const std::vector<std::string>& labels) {
  Dataset out;
  out.name = "rows";
  out.labels = {"a", "b", "c"};
  for (const std::string& label : labels) {
    out.rows.emplace_back();
    out.rows.back().label = label;
  }
  return out;
}

std::vector<double> weights_of(const Dataset& data) {
  std::vector<double> out;
  for (const Row& row : data.rows) out.push_back(row.weight);
  return out;
}

TEST(ClassWeights, AutoIsInverseToTheRowsOfAClass) {
  Dataset data = dataset_of({"a", "b", "a", "a"});
  // c has no rows and is not counted: 4 / (2 * 3) and 4 / (2 * 1).
  EXPECT_THAT(weigh_rows({"auto"}, data),
              ElementsAre(Pair("a", DoubleEq(4.0 / 6)), Pair("b", 2.0), Pair("c", 0.0)));
  EXPECT_THAT(weights_of(data), ElementsAre(4.0 / 6, 2.0, 4.0 / 6, 4.0 / 6));
}

TEST(ClassWeights, GivenOnesMultiplyTheRowsOwn) {
  Dataset data = dataset_of({"a", "b", "", "c"});
  data.rows[1].weight = 0.5;
  EXPECT_THAT(weigh_rows({"b=3", "c=1e-1"}, data),
              ElementsAre(Pair("a", 1.0), Pair("b", 3.0), Pair("c", 0.1)));
  EXPECT_THAT(weights_of(data), ElementsAre(1.0, 1.5, 1.0, 0.1));
  EXPECT_TRUE(weigh_rows({}, data).empty());
}

TEST(ClassWeights, RefuseWhatCannotBe) {
  for (const char* const bad :
       {"a", "a=", "=1", "a=0", "a=-1", "a=nan", "a=inf", "a=1e-60", "a=1x"}) {
    const auto parsed = parse_class_weights({bad});
    ASSERT_FALSE(parsed) << bad;
    EXPECT_THAT(parsed.error().what, HasSubstr(bad));
  }
  EXPECT_THAT(parse_class_weights({"a=1", "a=2"}).error().what, HasSubstr("twice"));
  EXPECT_FALSE(parse_class_weights({"auto", "a=2"}));
  EXPECT_EQ(parse_class_weights({"x=y=2"})->given[0].first, "x=y");
  Dataset data = dataset_of({"a"});
  EXPECT_THAT(error_of([&] { weigh_rows({"d=1"}, data); }), HasSubstr("unknown label \"d\""));
  data.labels.clear();
  EXPECT_THAT(error_of([&] { weigh_rows({"auto"}, data); }), HasSubstr("rows has none"));
}

TEST(ClassWeights, ARowMayBringItsOwn) {
  DataConfig config;
  config.weight_column = "weight";
  const auto read = [&](const Json& weight) {
    return read_row({{"text", "x"}, {"weight", weight}}, "text", config, {"a.jsonl", 3});
  };
  EXPECT_EQ(read(0.5)->weight, 0.5);
  EXPECT_EQ(read("0.75")->weight, 0.75);
  EXPECT_EQ(read(2)->weight, 2);
  for (const Json& bad : {Json(0), Json("x"), Json(nullptr), Json(true), Json::array({1})}) {
    EXPECT_THAT(read(bad).error().message(), HasSubstr("a.jsonl:3: \"weight\" is ")) << bad;
  }
  EXPECT_THAT(read_row({{"text", "x"}}, "text", config, {"a.jsonl", 3}).error().message(),
              HasSubstr("lacks the weight"));
}

}  // namespace
}  // namespace fettle::data
