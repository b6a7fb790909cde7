#include "metric/extract.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "metric/json_schema.h"
#include "metric/pattern.h"
#include "metric/score.h"

namespace fettle::metric {
namespace {

Json json(std::string_view source) { return parse_json(source, "test").value(); }

TEST(Extract, FindsTheNumber) {
  EXPECT_EQ(gsm8k_answer("so 3\n#### 1,234"), "1234");
  EXPECT_EQ(gsm8k_answer("#### -5.50."), "-5.50");
  EXPECT_EQ(gsm8k_answer("costs $18, then $20."), "20");
  EXPECT_EQ(gsm8k_answer("4 - 2 is 2..."), "2");
  EXPECT_EQ(gsm8k_answer("#### none, but 7 before"), "7");
  EXPECT_EQ(gsm8k_answer("none."), std::nullopt);
  EXPECT_EQ(gsm8k_answer(""), std::nullopt);
  EXPECT_TRUE(same_number("5.50", "5.5"));
  EXPECT_FALSE(same_number("5.50", "5.51"));
  EXPECT_FALSE(same_number("1.2.3", "1.2"));
}

TEST(Extract, ComparesJsonAsValues) {
  EXPECT_TRUE(same_json(json(R"({"a": 1, "b": [1, {"c": null}]})"),
                        json(R"({"b": [1.0, {"c": null}], "a": 1})")));
  EXPECT_FALSE(same_json(json("[1, 2]"), json("[2, 1]")));
  EXPECT_FALSE(same_json(json("1"), json("true")));
  EXPECT_FALSE(same_json(json(R"({"a": 1})"), json(R"({"a": 1, "b": 1})")));
}

TEST(Extract, FindsCallsOfTools) {
  const Json right = json(R"([{"name": "f", "arguments": {"x": 1, "y": [2]}}])");
  for (const char* source :
       {R"({"name": "f", "arguments": {"y": [2], "x": 1}})",
        R"([{"function": {"name": "f", "arguments": "{\"x\": 1, \"y\": [2]}"}}])",
        R"({"tool_calls": [{"name": "f", "parameters": {"x": 1.0, "y": [2]}}]})",
        "Sure: <tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": 1, \"y\": "
        "[2]}}</tool_call>"}) {
    const Result<Json> found = tool_calls(source);
    ASSERT_TRUE(found.has_value()) << source << found.error().message();
    EXPECT_TRUE(same_calls(*found, right, true)) << source;
  }
  EXPECT_FALSE(tool_calls("no call").has_value());
  EXPECT_FALSE(tool_calls("{}").has_value());
  EXPECT_FALSE(tool_calls(R"({"name": "f", "arguments": [1]})").has_value());
  EXPECT_FALSE(tool_calls(R"({"name": "f", "arguments": "{"})").has_value());
  const Json two = json(R"([{"name": "a", "arguments": {}}, {"name": "b", "arguments": {}}])");
  const Json swapped = json(R"([{"name": "b", "arguments": {}}, {"name": "a", "arguments": {}}])");
  EXPECT_TRUE(same_calls(two, swapped, false));
  EXPECT_FALSE(same_calls(two, swapped, true));
  EXPECT_FALSE(same_calls(json(R"([{"name": "a", "arguments": {}}])"), two, false));
  EXPECT_FALSE(same_calls(
      json(R"([{"name": "a", "arguments": {}}, {"name": "a", "arguments": {}}])"), two, false));
}

TEST(Extract, ScoresCallsAndNumbers) {
  const Columns calls{.answers = {R"({"name": "f", "arguments": {}})", "nothing"},
                      .references = {{R"({"name": "f"})"}, {R"({"name": "f"})"}}};
  EXPECT_DOUBLE_EQ(prepare("tool_call", calls).figure(), 0.5);
  const Columns numbers{.answers = {"it is 1,000.", "no"},
                        .references = {{"#### 1000"}, {"#### 1"}}};
  EXPECT_DOUBLE_EQ(prepare("number_match", numbers).figure(), 0.5);
  const Columns texts{.answers = {"{\"a\": 1}", "{'a': 1}"}, .references = {}};
  EXPECT_DOUBLE_EQ(prepare("json_valid", texts).figure(), 0.5);
  EXPECT_DOUBLE_EQ(prepare("json_schema", texts, {{"schema", R"({"required": ["a"]})"}}).figure(),
                   0.5);
  EXPECT_THROW(static_cast<void>(prepare("json_schema", texts)), UsageError);
}

TEST(Schema, NamesThePlace) {
  const Json schema = json(R"({"properties": {"a": {"items": {"maximum": 2}}}})");
  EXPECT_EQ(schema_violation(schema, json(R"({"a": [1, 3]})")), "/a/1: is 3; at most 2 is allowed");
  EXPECT_EQ(schema_violation(schema, json(R"({"a": [1, 2]})")), std::nullopt);
}

TEST(Schema, RefusesWhatIsNoSchema) {
  const auto refused = [](const char* schema) {
    EXPECT_THROW(static_cast<void>(schema_violation(json(schema), json("{\"a\": \"x\"}"))),
                 DataError)
        << schema;
  };
  refused("3");
  refused(R"({"type": "text"})");
  refused(R"({"type": 3})");
  refused(R"({"$ref": "#/nowhere"})");
  refused(R"({"$ref": "other.json"})");
  refused(R"({"$ref": "#"})");
  refused(R"({"properties": {"a": {"pattern": "("}}})");
  refused(R"({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]})");
  refused(R"({"required": 1})");
}

TEST(Pattern, HoldsToItsLimits) {
  const std::string evil = std::string(50, 'a') + "!";
  const auto found = Pattern::compile("^(a|aa|a?a)+$").value().matches(evil);
  ASSERT_FALSE(found.has_value());
  EXPECT_NE(found.error().message().find("limit"), std::string::npos) << found.error().message();
  EXPECT_FALSE(Pattern::compile("(").has_value());
  EXPECT_FALSE(Pattern::compile(std::string(20'000, 'a')).has_value());
  EXPECT_FALSE(Pattern::compile(std::string(500, '(') + std::string(500, ')')).has_value());
  // A megabyte without a match is read once.
  EXPECT_FALSE(*Pattern::compile("b$").value().matches(std::string(1 << 20, 'a')));
}

TEST(Pattern, FindsAllFromTheLeft) {
  const auto all = [](const char* expression, const std::string& text) {
    std::string out;
    const auto found = Pattern::compile(expression).value().find_all(text).value();
    for (const auto& groups : found) out += groups.back() + "|";
    return out;
  };
  EXPECT_EQ(all("\\d+", "a1b22"), "1|22|");
  EXPECT_EQ(all("x*", "ax"), "|x||");
  EXPECT_EQ(all("x*", "\xc3\xa9"), "||");
  EXPECT_EQ(all("a",
                "a\xff"
                "a"),
            "a|a|");
}

}  // namespace
}  // namespace fettle::metric
