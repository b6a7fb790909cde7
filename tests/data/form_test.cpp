#include "data/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/support.h"

namespace fettle::data {
namespace {

using ::testing::HasSubstr;

const Origin kOrigin{"f.jsonl", 3};

Result<Row> row_of(std::string_view source, const DataConfig& config = {}) {
  const Json record = *parse_json(source, "test");
  const Result<std::string> form = find_form(record, config, kOrigin);
  if (!form) return tl::unexpected(form.error());
  return read_row(record, *form, config, kOrigin);
}

// The messages of a chat row, or the problem.
std::string chat_of(std::string_view source, const DataConfig& config = {}) {
  const Result<Row> row = row_of(source, config);
  if (!row) return row.error().message();
  return row->form == RowForm::kChat ? to_text(row->messages) : "not a chat row";
}

TEST(Form, ReadsInstructionRows) {
  EXPECT_EQ(chat_of(R"({"instruction":"Add.","input":"1 2","output":"3"})"),
            R"([{"role":"user","content":"Add.\n1 2"},{"role":"assistant","content":"3"}])");
  EXPECT_EQ(chat_of(R"({"instruction":"Hi","input":"","output":"Hello","system":"Be kind.",)"
                    R"("history":[["a","b"]]})"),
            R"([{"role":"system","content":"Be kind."},{"role":"user","content":"a"},)"
            R"({"role":"assistant","content":"b"},{"role":"user","content":"Hi"},)"
            R"({"role":"assistant","content":"Hello"}])");
  EXPECT_EQ(chat_of(R"({"instruction":"Hi","input":null,"output":"x","history":null})"),
            R"([{"role":"user","content":"Hi"},{"role":"assistant","content":"x"}])");
  EXPECT_THAT(chat_of(R"({"instruction":"Hi","output":""})"), HasSubstr("\"output\" is empty"));
  EXPECT_THAT(chat_of(R"({"instruction":"","output":"a"})"), HasSubstr("\"instruction\" is empty"));
  EXPECT_THAT(chat_of(R"({"instruction":["a"],"output":"a"})"),
              HasSubstr("f.jsonl:3: \"instruction\" is a value of type array; text was expected"));
  EXPECT_THAT(chat_of(R"({"instruction":"a","output":"b","input":4})"),
              HasSubstr("\"input\" is a value of type number"));
  for (const char* const history : {R"("x")", R"([["a"]])", R"([["a",1]])", R"([{"a":"b"}])"}) {
    EXPECT_THAT(chat_of(text(R"({{"instruction":"a","output":"b","history":{}}})", history)),
                HasSubstr("\"history\" is not a list of [instruction, answer] pairs"));
  }
}

TEST(Form, ReadsPromptAndCompletion) {
  const Result<Row> row = row_of(R"({"prompt":"2+2=","completion":" 4"})");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->form, RowForm::kCompletion);
  EXPECT_EQ(row->prompt, "2+2=");
  EXPECT_EQ(row->completion, " 4");
  EXPECT_EQ(row->origin.text(), "f.jsonl:3");
  EXPECT_EQ(
      chat_of(R"({"prompt":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},)"
              R"({"role":"user","content":"c"}],"completion":[{"role":"assistant",)"
              R"("content":"d"}]})"),
      R"([{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":0},)"
      R"({"role":"user","content":"c"},{"role":"assistant","content":"d"}])");
  EXPECT_THAT(chat_of(R"({"prompt":"a","completion":[{"role":"assistant","content":"d"}]})"),
              HasSubstr("\"completion\" is a value of type array"));
  EXPECT_THAT(chat_of(R"({"prompt":"a","completion":""})"), HasSubstr("\"completion\" is empty"));
}

TEST(Form, ReadsText) {
  const Result<Row> row = row_of(R"({"text":"once","url":"x"})");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->form, RowForm::kText);
  EXPECT_EQ(row->text, "once");
  EXPECT_THAT(chat_of(R"({"text":""})"), HasSubstr("\"text\" is empty"));
  EXPECT_THAT(chat_of(R"({"text":7})"), HasSubstr("text was expected"));
}

TEST(Form, ReadsClassification) {
  DataConfig config;
  const Result<Row> plain = row_of(R"({"sentence":"fine","label":"good"})", config);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->label, "good");
  EXPECT_EQ(to_text(plain->messages),
            R"([{"role":"user","content":"fine"},{"role":"assistant","content":"good"}])");

  config.labels = {"bad", "good"};
  config.instruction = "Good or bad?";
  config.system = "One word.";
  for (const char* const label : {"1", "\"1\"", "\"good\""}) {
    EXPECT_EQ(chat_of(text(R"({{"text":"fine","label":{}}})", label), config),
              R"([{"role":"system","content":"One word."},)"
              R"({"role":"user","content":"Good or bad?\n\nfine"},)"
              R"({"role":"assistant","content":"good"}])");
  }
  EXPECT_THAT(chat_of(R"({"text":"a","label":"god"})", config),
              HasSubstr("unknown label \"god\": did you mean \"good\"? known: bad, good"));
  for (const char* const label : {"2", "-1", "\"2\"", "18446744073709551615"}) {
    EXPECT_THAT(chat_of(text(R"({{"text":"a","label":{}}})", label), config),
                HasSubstr("the 2 labels are numbered 0 to 1: bad, good"));
  }
  EXPECT_THAT(chat_of(R"({"text":"a","label":1.5})", config),
              HasSubstr("give a label's name or number"));
  EXPECT_THAT(chat_of(R"({"text":"a","label":1})"),
              HasSubstr("\"label\" is the number 1; name the classes in `labels`"));
  EXPECT_THAT(chat_of(R"({"text":"a","label":""})"), HasSubstr("\"label\" is empty"));
  EXPECT_THAT(chat_of(R"({"text":"","label":"x"})"), HasSubstr("\"text\" is empty"));
}

TEST(Form, TakesTheRecipesColumns) {
  DataConfig config;
  config.prompt_column = "question";
  config.completion_column = "answer";
  const Result<Row> row = row_of(R"({"question":"q","answer":"a"})", config);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->prompt + row->completion, "qa");
  config.row_form = "instruction";
  config.instruction_column = "question";
  config.output_column = "answer";
  EXPECT_EQ(chat_of(R"({"question":"q","answer":"a"})", config),
            R"([{"role":"user","content":"q"},{"role":"assistant","content":"a"}])");
  EXPECT_EQ(chat_of(R"({"question":"q","reply":"a"})", config),
            "f.jsonl:3: the form instruction needs \"answer\"; its keys are: question, reply");
}

TEST(Form, SaysWhichKeysItFoundAndKnows) {
  EXPECT_THAT(chat_of(R"({"question":"q","answer":"a"})"),
              HasSubstr("the keys question, answer fit no form of row; known: messages"));
  EXPECT_THAT(chat_of("{}"), HasSubstr("the keys none fit"));
  EXPECT_THAT(chat_of("[1]"), HasSubstr("the row is a value of type array"));
  EXPECT_THAT(chat_of(R"({"prompt":"q","chosen":"a","rejected":"b"})"),
              HasSubstr("is a preference row"));
  DataConfig config;
  for (const char* const form : {"chat", "text", "classification", "prompt_completion"}) {
    config.row_form = form;
    EXPECT_THAT(chat_of(R"({"x":1})", config), HasSubstr("its keys are: x")) << form;
  }
}

TEST(Form, PutsTheSystemMessageWhereThereIsNone) {
  DataConfig config;
  config.system = "S";
  EXPECT_EQ(chat_of(R"({"messages":[{"role":"user","content":"a"},)"
                    R"({"role":"assistant","content":"b"}]})",
                    config),
            R"([{"role":"system","content":"S"},{"role":"user","content":"a"},)"
            R"({"role":"assistant","content":"b"}])");
  for (const char* const role : {"system", "developer"}) {
    EXPECT_THAT(chat_of(text(R"({{"messages":[{{"role":"{}","content":"own"}},)"
                             R"({{"role":"assistant","content":"b"}}]}})",
                             role),
                        config),
                HasSubstr(text(R"([{{"role":"{}","content":"own"}},{{"role":"assistant")", role)));
  }
}

}  // namespace
}  // namespace fettle::data
