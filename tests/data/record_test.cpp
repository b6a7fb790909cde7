#include "data/record.h"

#include <gtest/gtest.h>

#include "data/option.h"
#include "data/stage.h"
#include "data/stream.h"

namespace fettle::data {
namespace {

Json json(const char* source) { return *parse_json(source, "test"); }

TEST(Record, EveryTextIsVisitedOnceWithItsRole) {
  Json fields = json(R"({"label":"x","messages":[{"role":"system","content":"a"},
    {"role":"user","content":[{"type":"text","text":"b"},{"type":"image","image":"c.png"}]},
    {"role":"assistant","content":"d"}],"chosen":"e","rejected":{"role":"assistant","content":"f"}})");
  std::string seen;
  for_each_text(fields, [&](std::string& words, TextRole role) {
    seen += words + std::to_string(static_cast<int>(role));
    words += "!";
  });
  EXPECT_EQ(seen, "a0b1d2e2f2");
  EXPECT_EQ(text_of(fields), "a!\nb!\nd!\ne!\nf!");
  EXPECT_EQ(fields["messages"][1]["content"][1]["image"], "c.png");
}

TEST(Record, TheTextsOfToolCallsAreVisitedAndTheirEmptyContentIsNot) {
  Json fields = json(R"({"messages":[{"role":"user","content":"a"},
    {"role":"assistant","content":"","tool_calls":[{"type":"function","function":{"name":"n",
      "arguments":{"to":"b","more":[{"of":"c"},1,null]}}},{"function":{"arguments":"d"}}, 7]},
    {"role":"tool","content":""},{"role":"assistant","content":"","tool_calls":[]}]})");
  std::string seen;
  for_each_text(fields, [&](std::string& words, TextRole role) {
    seen += words + std::to_string(static_cast<int>(role));
    if (role == TextRole::kCall) words = "x";
  });
  EXPECT_EQ(seen, "a1b4c4d412");
  EXPECT_EQ(to_text(fields["messages"][1]["tool_calls"][0]["function"]),
            R"({"name":"n","arguments":{"to":"x","more":[{"of":"x"},1,null]}})");
}

TEST(Record, AlpacaIsReadInItsOrder) {
  EXPECT_EQ(text_of(json(R"({"output":"4","input":"3","instruction":"2","system":"0",
                             "history":[["1","1b"]]})")),
            "0\n1\n1b\n2\n3\n4");
}

TEST(Record, ValuesOfOtherTypesAreNoText) {
  EXPECT_EQ(text_of(json(R"({"text":7,"messages":[1,{"content":null},{"role":"user"}]})")), "");
  EXPECT_EQ(text_of(Json(3)), "");
}

TEST(Record, FormsAreFoundByKeys) {
  EXPECT_EQ(form_of(json(R"({"prompt":"a","chosen":"b","rejected":"c"})")), "preference");
  EXPECT_EQ(form_of(json(R"({"prompt":"a","completion":"b","label":true})")), "kto");
  EXPECT_EQ(form_of(json(R"({"text":"a","label":1})")), "classification");
  EXPECT_EQ(form_of(json(R"({"url":"a"})")), "other");
  EXPECT_EQ(label_of(json(R"({"text":"a","label":1})")), "1");
}

struct Sample {
  std::int64_t words = 5;
  std::optional<double> share;
  std::vector<std::string> names = {"a"};
  template <class Visitor>
  void fields(Visitor& v) {
    v("words", words, {.min = 1, .help = "w"});
    v("share", share, {.help = "s"});
    v("names", names, {.help = "n"});
  }
};

TEST(Option, OneListGivesTheTableAndTheStruct) {
  const auto list = options_of<Sample>();
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].usual, 5);
  EXPECT_TRUE(list[1].optional && list[1].usual.is_null());
  EXPECT_EQ(list[2].type, Option::Type::kList);
  const auto filled = config_of<Sample>(json(R"({"words":9,"share":0.5})"));
  EXPECT_EQ(filled.words, 9);
  EXPECT_EQ(filled.share, 0.5);
  EXPECT_EQ(filled.names, std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace fettle::data
