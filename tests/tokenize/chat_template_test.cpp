// The door to chat templates: what the renderer passes, and what it answers.
#include "tokenize/chat_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/tokenize/chat_rendering.h"

namespace fettle::tokenize {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr std::string_view kChatMl =
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nBe helpful.<|im_end|>\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

TEST(ChatTemplate, RendersChatMl) {
  RenderInput input = test_input();
  input.add_generation_prompt = true;
  const auto parsed = ChatTemplate::parse(kChatMl, "t");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->source(), kChatMl);
  const auto result = parsed->render(input);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->text,
            "<|im_start|>system\nBe helpful.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
            "<|im_start|>assistant\nYo<|im_end|>\n<|im_start|>assistant\n");
  EXPECT_TRUE(result->generation_spans.empty());
}

TEST(ChatTemplate, ReportsWhatTheAssistantSays) {
  const auto parsed = ChatTemplate::parse(
      "{% for m in messages %}é{% generation %}{{ m.content }}!{% endgeneration %}{% endfor %}",
      "t");
  const auto result = parsed->render(test_input());
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->text, "éHi!éYo!");
  EXPECT_THAT(result->generation_spans, ElementsAre(Pair(2U, 5U), Pair(7U, 10U)));
}

TEST(ChatTemplate, FillsTheNamesOfReasoning) {
  RenderInput input;
  input.messages = Json::parse(R"([{"role": "a", "reasoning": "r"}, {"thinking": "t"},
                                   {"reasoning_content": null, "reasoning": "x"}])");
  const auto parsed = ChatTemplate::parse(
      "{% for m in messages %}{{ m.thinking }}{{ m.reasoning_content }}{{ m|list }}{% endfor %}",
      "t");
  const auto result = parsed->render(input);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->text,
            "rr['thinking', 'role', 'reasoning', 'reasoning_content']"
            "tt['thinking', 'reasoning_content']xx['thinking', 'reasoning_content', 'reasoning']");
}

std::string problem_of(const RenderInput& input) {
  const auto result = ChatTemplate::parse("{{ x }}{{ messages }}", "t")->render(input);
  return result.has_value() ? "rendered" : result.error().message();
}

TEST(ChatTemplate, RefusesInputThatIsNoConversation) {
  RenderInput input;
  input.messages = Json{{"role", "user"}};
  EXPECT_THAT(problem_of(input), HasSubstr("messages must be a list"));
  input.messages = Json::array({"hello"});
  EXPECT_THAT(problem_of(input), HasSubstr("message 0 is no object"));
  input.messages = Json::array();
  input.extra = Json::array();
  EXPECT_THAT(problem_of(input), HasSubstr("extra arguments must be an object"));
  input.extra = Json{{"x", std::uint64_t{1} << 63}};
  EXPECT_THAT(problem_of(input), HasSubstr("9223372036854775808 does not fit into 64 bits"));
}

TEST(ChatTemplate, ExtraArgumentsCannotReplaceTheRenderersOwn) {
  for (const std::string name :
       {"messages", "tools", "add_generation_prompt", "bos_token", "eos_token"}) {
    RenderInput input = test_input();
    input.extra[name] = "other";
    EXPECT_THAT(problem_of(input), HasSubstr("'" + name + "' would replace")) << name;
  }
}

TEST(ChatTemplate, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  RenderInput input;
  input.messages = Json::array({Json{{"role", "user"}, {"content", "a\xFF\xC3z"}}});
  const auto parsed = ChatTemplate::parse("\xFE{{ messages[0].content|upper }}", "t");
  const auto result = parsed->render(input);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->text, "\uFFFDA\uFFFD\uFFFDZ");
}

TEST(ChatTemplate, IsSharedBetweenThreads) {
  const auto parsed = ChatTemplate::parse(kChatMl, "t");
  const std::string expected = parsed->render(test_input())->text;
  std::vector<std::thread> threads;
  std::atomic<int> equal{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 50; ++turn) {
        equal += parsed->render(test_input())->text == expected ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(equal, 200);
}

}  // namespace
}  // namespace fettle::tokenize
