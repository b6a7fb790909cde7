#include "data/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/tools.h"
#include "tests/data/support.h"

namespace fettle::data {
namespace {

using ::testing::HasSubstr;

std::string read(std::string_view source) {
  const Result<Json> messages = read_messages(*parse_json(source, "test"), "f:1");
  return messages ? to_text(*messages) : messages.error().message();
}

std::string tools(std::string_view source) {
  const Result<Json> read = read_tools(*parse_json(source, "test"), "f:1");
  return read ? to_text(*read) : read.error().message();
}

TEST(Messages, KeepsWhatTemplatesRead) {
  EXPECT_EQ(
      read(R"([{"role":"developer","content":"d"},{"role":"user","content":"u","name":"Ann"},)"
           R"({"role":"assistant","content":null,"weight":1,"tool_calls":[{"id":"c1",)"
           R"("type":"function","function":{"name":"add","arguments":"{\"a\":1}"}}]},)"
           R"({"role":"tool","tool_call_id":"c1","content":"2"}])"),
      R"([{"role":"developer","content":"d"},{"role":"user","content":"u","name":"Ann"},)"
      R"({"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function",)"
      R"("function":{"name":"add","arguments":{"a":1}}}],"weight":1},)"
      R"({"role":"tool","content":"2","tool_call_id":"c1"}])");
}

TEST(Messages, JoinsParts) {
  EXPECT_EQ(read(R"([{"role":"user","content":[{"type":"text","text":"a"},)"
                 R"({"type":"text","value":"b"}],"loss_weight":0.0}])"),
            R"([{"role":"user","content":"ab","weight":0}])");
  EXPECT_EQ(read(R"([{"role":"assistant","content":[{"type":"reasoning","value":"hm"},)"
                 R"({"type":"tool_call","value":"{\"name\":\"f\",\"arguments\":{}}"}]}])"),
            R"([{"role":"assistant","content":"","reasoning_content":"hm","tool_calls":)"
            R"([{"type":"function","function":{"name":"f","arguments":{}}}]}])");
  EXPECT_THAT(read(R"([{"role":"user","content":[{"type":"image_url","image_url":{}}]}])"),
              HasSubstr("f:1: messages[0]: the content has a part of type \"image_url\"; text "
                        "models read text, reasoning and tool_call"));
  EXPECT_THAT(read(R"([{"role":"user","content":[{"type":"text"}]}])"),
              HasSubstr("a text part of the content holds no text"));
  EXPECT_THAT(read(R"([{"role":"user","content":["a"]}])"),
              HasSubstr("a part of the content has no type"));
}

TEST(Messages, ReadsShareGptTurns) {
  EXPECT_EQ(read(R"([{"from":"system","value":"s"},{"from":"human","value":"h"},)"
                 R"({"from":"function_call","value":"{\"name\":\"f\",\"arguments\":{\"x\":[1]}}"},)"
                 R"({"from":"observation","value":"o"},{"from":"gpt","value":"g"}])"),
            R"([{"role":"system","content":"s"},{"role":"user","content":"h"},)"
            R"({"role":"assistant","content":"","tool_calls":[{"type":"function","function":)"
            R"({"name":"f","arguments":{"x":[1]}}}]},{"role":"tool","content":"o"},)"
            R"({"role":"assistant","content":"g"}])");
  EXPECT_THAT(read(R"([{"from":"humna","value":"h"}])"),
              HasSubstr("unknown turn \"humna\": did you mean \"human\"?"));
  EXPECT_THAT(read(R"([{"from":"function_call","value":"run it"}])"),
              HasSubstr("the tool call is not valid JSON"));
  EXPECT_THAT(read(R"([{"from":"function_call","value":"{\"x\":1}"}])"),
              HasSubstr("a tool call has no name"));
}

TEST(Messages, NamesWhatIsWrong) {
  EXPECT_THAT(read(R"([{"role":"user","content":"a"},{"role":"asistant","content":"b"}])"),
              HasSubstr("f:1: messages[1]: unknown role \"asistant\": did you mean \"assistant\"? "
                        "known: system, developer, user, assistant, tool"));
  EXPECT_THAT(read(R"([{"content":"a"}])"), HasSubstr("has no role"));
  EXPECT_THAT(read(R"([{"role":"user"}])"), HasSubstr("has no content"));
  EXPECT_THAT(read(R"([{"role":"user","content":5}])"),
              HasSubstr("the content is a value of type number"));
  EXPECT_THAT(read(R"(["hello"])"), HasSubstr("messages[0]: is a value of type string"));
  std::string keys = R"({"role":"user")";
  for (int i = 0; i < 64; ++i) keys += text(R"(,"k{}":1)", i);
  EXPECT_THAT(read("[" + keys + "}]"), HasSubstr("has 65 keys; a message has at most 64"));
  EXPECT_THAT(read("[]"), HasSubstr("messages is empty"));
  EXPECT_THAT(read(R"({"a":1})"), HasSubstr("messages is a value of type object; give an array"));
  EXPECT_THAT(read(R"("{}")"), HasSubstr("messages holds JSON of type object"));
  EXPECT_THAT(read(R"("oops")"), HasSubstr("messages: not valid JSON"));
  for (const char* const weight : {"2", "0.5", "\"1\"", "-1"}) {
    EXPECT_THAT(read(text(R"([{{"role":"user","content":"a","weight":{}}}])", weight)),
                HasSubstr("allowed: 0 (not scored) and 1 (scored)"));
  }
}

TEST(Messages, ReadsTools) {
  const char* const wrapped =
      R"([{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}])";
  EXPECT_EQ(tools(wrapped), wrapped);
  EXPECT_EQ(tools(R"([{"name":"f","parameters":{"type":"object"}}])"), wrapped);
  EXPECT_EQ(tools(R"("[{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}]")"), wrapped);
  EXPECT_EQ(tools("null"), "null");
  EXPECT_EQ(tools("[]"), "null");
  EXPECT_EQ(tools("\"\""), "null");
  EXPECT_THAT(tools("[1]"), HasSubstr("a tool has no name"));
  EXPECT_THAT(tools("4"), HasSubstr("tools is a value of type number; give an array"));
}

TEST(Messages, TrainsOnAnAnswerAtTheEnd) {
  const auto problem_of = [](std::string_view source) {
    const auto bad = check_trainable(*parse_json(source, "test"), "f:1");
    return bad ? bad->message() : "";
  };
  EXPECT_EQ(problem_of(R"([{"role":"user","content":"a"},{"role":"assistant","content":"b"}])"),
            "");
  EXPECT_THAT(problem_of(R"([{"role":"assistant","content":"b"},{"role":"user","content":"a"}])"),
              HasSubstr("the last message is from \"user\""));
  EXPECT_THAT(problem_of(R"([{"role":"assistant","content":"b","weight":0}])"),
              HasSubstr("every message of the assistant has weight 0"));
}

}  // namespace
}  // namespace fettle::data
