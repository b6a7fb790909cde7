// Chat rows: what of a rendered conversation is scored. The templates are in the manner of the
// families named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "batch/make_example.h"
#include "tests/batch/fake_tokenizer.h"

namespace fettle::batch {
namespace {

using testing::HasSubstr;

constexpr const char* kChatMl =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
// The header is no special token's business and the end of the conversation has its own token.
constexpr const char* kPhi =
    "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% else %}{{ eos_token }}{% endif %}";
constexpr const char* kLlama2 =
    "{% for m in messages %}{% if m.role == 'user' %}{{ bos_token }}[INST] {{ m.content }} [/INST]"
    "{% else %} {{ m.content }} {{ eos_token }}{% endif %}{% endfor %}";
constexpr const char* kMarked =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}"
    "{% generation %}{{ m.content }}{% endgeneration %}<|im_end|>\n{% else %}{{ m.content }}"
    "<|im_end|>\n{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% endif %}";
constexpr const char* kMarkedWithHeader =
    "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}<|im_start|>assistant\n"
    "{{ m.content }}<|im_end|>\n{% endgeneration %}{% else %}<|im_start|>{{ m.role }}\n"
    "{{ m.content }}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
// Writes an empty thought into the last answer only, as reasoning templates do.
constexpr const char* kThinking =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' and loop.last %}"
    "<think></think>{% endif %}{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
constexpr const char* kNoEndToken =
    "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}";

data::Row chat(std::vector<std::pair<std::string, std::string>> turns) {
  data::Row row;
  for (const auto& [role, content] : turns) {
    row.messages.push_back(Json{{"role", role}, {"content", content}});
  }
  row.origin = {.file = "chat.jsonl", .line = 3};
  return row;
}

class ChatExample : public testing::Test {
 protected:
  ChatExample()
      : tokenizer_({.specials = {"<|im_start|>", "<|im_end|>", "<|end|>", "<s>", "</s>"},
                    .pieces = {},
                    .bos = "<s>",
                    .eos = "</s>",
                    .pad = "</s>",
                    .adds_bos = false}) {}

  TextSide side(const char* source) {
    auto parsed = tokenize::ChatTemplate::parse(source, "test template");
    if (!parsed) throw std::runtime_error(parsed.error().message());
    template_ = std::make_unique<tokenize::ChatTemplate>(std::move(*parsed));
    return {.tokenizer = tokenizer_, .chat_template = template_.get()};
  }

  // The scored tokens as text, parts that are not scored as one "." each.
  std::string scored(const char* source, const data::Row& row, const BatchConfig& config = {}) {
    const TextSide text_side = side(source);
    auto example = make_example(row, text_side, config, &report_);
    if (!example) return example.error().message();
    EXPECT_EQ(example->scored.front(), 0);
    // One tokenisation of the whole: the ids are those of the rendered text.
    auto rendered =
        template_->render({.messages = row.messages, .bos_token = "<s>", .eos_token = "</s>"});
    EXPECT_EQ(tokenizer_.decode(example->ids, false), rendered->text);
    std::string dotted = scored_text(tokenizer_, example->ids, example->scored);
    std::string short_text;
    for (const char c : dotted) {
      if (c != '.' || !short_text.ends_with('.')) short_text += c;
    }
    return short_text;
  }

  FakeTokenizer tokenizer_;
  std::unique_ptr<tokenize::ChatTemplate> template_;
  ExampleReport report_;
};

const std::vector<std::pair<std::string, std::string>> kTwoTurns = {{"system", "S"},
                                                                    {"user", "hi"},
                                                                    {"assistant", "hello"},
                                                                    {"user", "bye"},
                                                                    {"assistant", "ciao"}};

TEST_F(ChatExample, ScoresEachAnswerWithItsEndOfTurn) {
  EXPECT_EQ(scored(kChatMl, chat(kTwoTurns)), ".hello<|im_end|>.ciao<|im_end|>.");
  EXPECT_EQ(report_.open_ends, 0);
  EXPECT_EQ(report_.merged_borders, 0);
}

// The exact ids: a mask moved by one token, or one that leaves out the end, shows here.
TEST_F(ChatExample, MasksToTheToken) {
  const auto example = make_example(chat({{"user", "a"}, {"assistant", "bc"}}), side(kChatMl), {});
  ASSERT_TRUE(example.has_value());
  const std::size_t answer = 1 + 5 + 1 + 1 + 1 + 1 + 10;  // start user\na end \n start assistant\n
  ASSERT_EQ(example->ids.size(), answer + 4);
  for (std::size_t i = 0; i < example->ids.size(); ++i) {
    EXPECT_EQ(example->scored[i], i >= answer && i < answer + 3 ? 1 : 0) << i;
  }
  EXPECT_EQ(example->ids[answer], 'b');
  EXPECT_EQ(example->ids[answer + 2], tokenizer_.id_of("<|im_end|>"));
}

TEST_F(ChatExample, FollowsWeights) {
  data::Row row = chat(kTwoTurns);
  row.messages[2]["weight"] = 0;
  row.messages[4]["weight"] = 1;
  EXPECT_EQ(scored(kChatMl, row), ".ciao<|im_end|>.");
  EXPECT_EQ(scored(kMarked, row), ".ciao<|im_end|>.");
  row.messages[4]["weight"] = 0;
  EXPECT_THAT(scored(kChatMl, row), HasSubstr("none of the row's 67 tokens is scored"));
}

TEST_F(ChatExample, ScoresEverythingWhereAsked) {
  EXPECT_EQ(
      scored(kChatMl, chat({{"user", "a"}, {"assistant", "b"}}), {.completion_only_loss = false}),
      ".user\na<|im_end|>\n<|im_start|>assistant\nb<|im_end|>\n");
}

TEST_F(ChatExample, EndsATurnWhereTheConversationWouldHaveEnded) {
  EXPECT_EQ(scored(kPhi, chat(kTwoTurns)), ".hello<|end|>.ciao<|end|>\n</s>");
  EXPECT_EQ(
      scored(kLlama2, chat({{"user", "a"}, {"assistant", "b"}, {"user", "c"}, {"assistant", "d"}})),
      ". b </s>. d </s>");
}

TEST_F(ChatExample, TakesGenerationBlocksAndTheirEndOfTurn) {
  EXPECT_EQ(scored(kMarked, chat(kTwoTurns)), ".hello<|im_end|>.ciao<|im_end|>.");
  EXPECT_EQ(scored(kMarkedWithHeader, chat(kTwoTurns)), ".hello<|im_end|>.ciao<|im_end|>.");
}

TEST_F(ChatExample, CountsTurnsWithoutEndOfTurn) {
  EXPECT_EQ(scored(kNoEndToken, chat({{"user", "a"}, {"assistant", "b c"}})), ".b c\n");
  EXPECT_EQ(report_.open_ends, 1);
}

TEST_F(ChatExample, ASpecialTokenInsideAnAnswerDoesNotEndIt) {
  EXPECT_EQ(scored(kNoEndToken, chat({{"user", "a"}, {"assistant", "b<|end|>c"}})), ".b<|end|>c\n");
}

TEST_F(ChatExample, RefusesEarlierTurnsThatChangeWhenTheConversationGoesOn) {
  const std::string message = scored(kThinking, chat(kTwoTurns));
  EXPECT_THAT(message, HasSubstr("chat.jsonl:3: message 2: the chat template writes "));
  EXPECT_THAT(message, HasSubstr("assistant\\n<think></think>hello"));
  EXPECT_THAT(message, HasSubstr("assistant\\nhello<|im_end|>"));
  EXPECT_THAT(message, HasSubstr("give the message weight 0"));
  data::Row row = chat(kTwoTurns);
  row.messages[2]["weight"] = 0;
  EXPECT_EQ(scored(kThinking, row), ".<think></think>ciao<|im_end|>.");
}

TEST_F(ChatExample, RefusesAPromptThatTheConversationDoesNotBeginWith) {
  constexpr const char* kOther =
      "{% for m in messages %}{{ m.role }}:{{ m.content }}<|end|>{% endfor %}"
      "{% if add_generation_prompt %}model:{% endif %}";
  EXPECT_THAT(scored(kOther, chat({{"user", "a"}, {"assistant", "b"}})),
              HasSubstr("message 1: the chat template writes \"user:a<|end|>model:\" up to it and "
                        "\"user:a<|end|>assistant:b<|end|>\" when the conversation goes on"));
}

TEST_F(ChatExample, RefusesBlocksThatCannotBeToldApart) {
  constexpr const char* kOneBlock =
      "{% generation %}{% for m in messages %}{{ m.content }}{% endfor %}{% endgeneration %}";
  data::Row row = chat(kTwoTurns);
  row.messages[2]["weight"] = 0;
  EXPECT_THAT(scored(kOneBlock, row),
              HasSubstr("marks 1 generation blocks for 2 assistant messages"));
}

TEST_F(ChatExample, RefusesWhatIsNoConversation) {
  EXPECT_THAT(scored(kChatMl, chat({})), HasSubstr("the row has no messages"));
  data::Row row = chat({{"user", "a"}});
  row.messages.push_back(Json{{"content", "b"}});
  EXPECT_THAT(scored(kChatMl, row), HasSubstr("message 1 has no role"));
  row.messages = Json("text");
  EXPECT_THAT(scored(kChatMl, row), HasSubstr("the row has no messages"));
  const auto bare = make_example(chat(kTwoTurns), {.tokenizer = tokenizer_}, {});
  ASSERT_FALSE(bare.has_value());
  EXPECT_THAT(bare.error().what, HasSubstr("needs a chat template and the model has none"));
  EXPECT_THAT(scored("{{ raise_exception('no system') }}", chat(kTwoTurns)),
              testing::AllOf(HasSubstr("chat.jsonl:3"), HasSubstr("no system")));
}

TEST_F(ChatExample, DoesNotDoubleTheTemplatesBos) {
  const FakeTokenizer adding({.specials = {"<s>", "</s>"},
                              .pieces = {},
                              .bos = "<s>",
                              .eos = "</s>",
                              .pad = {},
                              .adds_bos = true});
  for (const char* source : {kLlama2, kNoEndToken}) {
    TextSide both = side(source);
    const TextSide text_side{.tokenizer = adding, .chat_template = both.chat_template};
    const auto example = make_example(chat({{"user", "a"}, {"assistant", "b"}}), text_side, {});
    ASSERT_TRUE(example.has_value());
    EXPECT_EQ(example->ids[0], 256);
    EXPECT_NE(example->ids[1], 256);
  }
}

TEST_F(ChatExample, AnswersAreScoredAsTheyAreTrained) {
  for (const char* source : {kChatMl, kPhi, kMarked, kThinking, kLlama2}) {
    const TextSide text_side = side(source);
    data::Row row =
        chat({{"user", "hi"}, {"assistant", "one"}, {"user", "more"}, {"assistant", "two"}});
    const auto prompt = make_prompt(row, text_side);
    const auto answer = make_answer(row, "two", text_side);
    ASSERT_TRUE(prompt.has_value() && answer.has_value());
    row.messages[1]["weight"] = 0;
    const auto trained = make_example(row, text_side, {});
    ASSERT_TRUE(trained.has_value());
    ASSERT_LE(answer->ids.size(), trained->ids.size());
    EXPECT_TRUE(std::equal(answer->ids.begin(), answer->ids.end(), trained->ids.begin()));
    for (std::size_t i = 0; i < trained->scored.size(); ++i) {
      EXPECT_EQ(trained->scored[i], i < answer->scored.size() ? answer->scored[i] : 0);
    }
    EXPECT_EQ(answer->scored.back(), 1);
    const auto first = std::find(answer->scored.begin(), answer->scored.end(), 1);
    ASSERT_EQ(first - answer->scored.begin(), static_cast<std::ptrdiff_t>(prompt->size()));
    EXPECT_TRUE(std::equal(prompt->begin(), prompt->end(), answer->ids.begin()));
  }
}

TEST_F(ChatExample, AddsAnAnswerToAQuestion) {
  const auto answer = make_answer(chat({{"user", "a"}}), "yes", side(kChatMl));
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(scored_text(tokenizer_, answer->ids, answer->scored).ends_with(".yes<|im_end|>"));
}

}  // namespace
}  // namespace fettle::batch
