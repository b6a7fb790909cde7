#include "metric/expression.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace fettle::metric {
namespace {

const std::vector<Json>& rows() {
  static const std::vector<Json> kRows = {
      {{"answer", "The cat, 12 kg"}, {"reference", "cat"}, {"cost", 2}, {"right", true}},
      {{"answer", "dog"}, {"reference", "cat"}, {"cost", 4.5}, {"right", false}},
      {{"answer", "\xc3\x89T\xc3\x89"},
       {"reference", "\xc3\xa9t\xc3\xa9"},
       {"cost", 0},
       {"right", true}}};
  return kRows;
}

double value(std::string_view source) { return Expression(source).prepare(rows()).figure(); }

std::string refusal_of_expression(const std::string& source) {
  try {
    static_cast<void>(value(source));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Expression, CalculatesOverRows) {
  EXPECT_DOUBLE_EQ(value("mean(cost)"), 6.5 / 3);
  EXPECT_DOUBLE_EQ(value("cost"), 6.5 / 3);
  EXPECT_DOUBLE_EQ(value("sum(cost) / count()"), 6.5 / 3);
  EXPECT_DOUBLE_EQ(value("share(right)"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(value("count(right)"), 2);
  EXPECT_DOUBLE_EQ(value("1 + 2 * 3 - -4 / 2 % 3"), 9);
  EXPECT_DOUBLE_EQ(value("(1 + 2) * 3"), 9);
  EXPECT_DOUBLE_EQ(value("sum(len(answer))"), 14 + 3 + 3);
  EXPECT_DOUBLE_EQ(value("sum(words(answer))"), 4 + 1 + 1);
  EXPECT_DOUBLE_EQ(value("share(lower(answer) == reference)"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(value("share(contains(lower(answer), reference) and not cost > 3)"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(value("share(regex(answer, \"\\d+ kg$\") or cost == 4.5)"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(value("sum(if(regex(answer, '\\d'), number(answer), 0))"), 12);
  EXPECT_DOUBLE_EQ(value("share(starts_with(answer, 'The') or ends_with(answer, 'g'))"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(value("sqrt(abs(0 - 16)) + max(1, 5, 2) + min(3, 2) + log(exp(1))"), 12);
  EXPECT_DOUBLE_EQ(value("mean(true)"), 1);
  EXPECT_TRUE(std::isnan(value("1 / 0")));
  EXPECT_EQ(Expression("mean(len(b)) + sum(a) - len(b)").columns(),
            (std::vector<std::string>{"a", "b"}));
}

TEST(Expression, DecomposesForTheBootstrap) {
  const Prepared prepared = Expression("sum(cost) / sum(len(answer))").prepare(rows());
  EXPECT_EQ(prepared.width, 3U);
  const std::vector<std::size_t> twice = {0, 0, 1};
  EXPECT_DOUBLE_EQ(prepared.figure(twice), 8.5 / 31);
  EXPECT_DOUBLE_EQ(prepared.each()[1], 1.5);
}

TEST(Expression, SaysWhereItIsWrong) {
  EXPECT_NE(refusal_of_expression("1 +").find("character 4"), std::string::npos)
      << refusal_of_expression("1 +");
  EXPECT_NE(refusal_of_expression("lenn(answer)").find("did you mean \"len\""), std::string::npos);
  EXPECT_NE(refusal_of_expression("len(answer, 1)").find("takes 1 to 1"), std::string::npos);
  EXPECT_NE(refusal_of_expression("mean(mean(cost))").find("do not nest"), std::string::npos);
  EXPECT_NE(refusal_of_expression("(1").find("closing bracket"), std::string::npos);
  EXPECT_NE(refusal_of_expression("'x").find("no end"), std::string::npos);
  EXPECT_NE(refusal_of_expression("1 2").find("operator"), std::string::npos);
  EXPECT_NE(refusal_of_expression("").find("a value was expected"), std::string::npos);
  EXPECT_NE(refusal_of_expression("1e999").find("number"), std::string::npos);
  EXPECT_NE(refusal_of_expression("price").find("row 1: \"price\" is no column"),
            std::string::npos);
  EXPECT_NE(refusal_of_expression("answer + cost").find("two of a kind"), std::string::npos);
  EXPECT_NE(refusal_of_expression("len(cost)").find("a text was expected"), std::string::npos);
  EXPECT_NE(refusal_of_expression("answer").find("a number was expected"), std::string::npos);
  EXPECT_NE(refusal_of_expression("cost + mean(cost)").find("is a column"), std::string::npos);
  EXPECT_NE(refusal_of_expression("regex(answer, '(')").find("cannot be used"), std::string::npos);
}

TEST(Expression, IsBounded) {
  EXPECT_NE(refusal_of_expression(std::string(20'000, ' ')).find("allowed: 10000"),
            std::string::npos);
  EXPECT_NE(refusal_of_expression(std::string(5000, '(')).find("nested"), std::string::npos);
  std::string sum = "1";
  for (int i = 0; i < 1500; ++i) sum += "+1";
  EXPECT_NE(refusal_of_expression(sum).find("1000 parts"), std::string::npos);
  EXPECT_EQ(value(std::string(4001, '-') + "1"), -1);
  std::string nots;
  for (int i = 0; i < 900; ++i) nots += "not ";
  EXPECT_EQ(value(nots + "1"), 1);
  const std::vector<Json> evil = {{{"answer", std::string(40, 'a') + "!"}}};
  EXPECT_THROW(static_cast<void>(Expression("regex(answer, '^(a|aa|a?a)+$')").prepare(evil)),
               DataError);
}

}  // namespace
}  // namespace fettle::metric
