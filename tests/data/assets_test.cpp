// Real files of the formats that other trainers read. Counts are the sources' own (INDEX.tsv).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/support.h"

namespace fettle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

class Assets : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = assets_folder();
    if (folder_.empty()) GTEST_SKIP() << "no test data (FETTLE_ASSETS)";
  }
  [[nodiscard]] LoadedData load_asset(const std::string& name,
                                      const DataConfig& config = {}) const {
    return load((folder_ / "datasets" / name).native(), config);
  }
  fs::path folder_;
};

TEST_F(Assets, Alpaca) {
  const LoadedData data = load_asset("alpaca/alpaca_2k.json.gz");
  EXPECT_THAT(data.report.forms, ElementsAre(Pair("instruction", 2000)));
  EXPECT_EQ(
      to_text(data.train.rows[0].messages),
      R"([{"role":"user","content":"Check if the following Facebook post is appropriate\n)"
      R"(I think my boss is the meanest person ever."},{"role":"assistant","content":"no"}])");
  // One of its 2,048 rows has no completion.
  DataConfig config;
  config.max_bad_rows = 1;
  const LoadedData dolly = load_asset("alpaca/dolpaca_dev_2048.jsonl.gz", config);
  EXPECT_THAT(dolly.report.forms, ElementsAre(Pair("prompt_completion", 2047)));
  EXPECT_THAT(dolly.report.problems[0].message(), HasSubstr(":1238: \"completion\" is empty"));
  EXPECT_THAT(load_asset("alpaca/user_oriented_dev_252.jsonl").report.forms,
              ElementsAre(Pair("prompt_completion", 252)));
}

TEST_F(Assets, LlamaFactory) {
  EXPECT_EQ(load_asset("llamafactory-demo/identity.json").train.rows.size(), 91U);
  EXPECT_EQ(load_asset("llamafactory-demo/alpaca_en_demo.json.gz").train.rows.size(), 999U);
  EXPECT_EQ(load_asset("llamafactory-demo/alpaca_zh_demo.json.gz").train.rows.size(), 1000U);
  EXPECT_THAT(load_asset("llamafactory-demo/c4_demo.jsonl.gz").report.forms,
              ElementsAre(Pair("text", 300)));
  EXPECT_THAT(load_asset("llamafactory-demo/kto_en_demo.json.gz").report.forms,
              ElementsAre(Pair("chat", 300)));
  EXPECT_THAT(load_asset("llamafactory-demo/wiki_demo.txt.gz").report.forms,
              ElementsAre(Pair("text", 1)));
  const LoadedData v1 = load_asset("llamafactory-demo/v1_sft_demo.jsonl.gz");
  EXPECT_EQ(v1.train.rows.size(), 500U);
  EXPECT_EQ(to_text(v1.train.rows[0].messages[0]), R"({"role":"user","content":"hi","weight":0})");
}

TEST_F(Assets, ToolCalls) {
  const LoadedData data = load_asset("llamafactory-demo/glaive_toolcall_en_demo.json.gz");
  EXPECT_THAT(data.report.forms, ElementsAre(Pair("chat", 300)));
  std::int64_t calls = 0;
  std::int64_t answers = 0;
  for (const Row& row : data.train.rows) {
    for (const Json& message : row.messages) {
      calls += message.contains("tool_calls") ? 1 : 0;
      answers += message["role"] == "tool" ? 1 : 0;
    }
  }
  EXPECT_EQ(calls, 211);
  EXPECT_EQ(answers, 211);
  EXPECT_EQ(data.train.rows[3].tools[0]["function"]["name"], "calculate_area");
  const LoadedData reason = load_asset("llamafactory-demo/reason_tool_use_demo_50.jsonl");
  EXPECT_EQ(reason.train.rows.size(), 50U);
  EXPECT_THAT(reason.train.rows[0].messages[2]["reasoning_content"].get<std::string>(),
              StartsWith("Okay, the user is asking for schools"));
}

TEST_F(Assets, PreferenceRowsAreNamed) {
  const std::string path =
      (folder_ / "datasets" / "llamafactory-demo" / "dpo_en_demo.json.gz").native();
  EXPECT_THAT(load_error(path), HasSubstr(path + ":1: is a preference row (chosen, rejected)"));
}

TEST_F(Assets, Sst2) {
  DataConfig config;
  config.column_names = {"text", "label"};
  config.labels = {"negative", "positive"};
  config.instruction = "Is this review positive or negative?";
  config.eval_dataset = {(folder_ / "datasets" / "sst2" / "dev.tsv").native()};
  const LoadedData data = load_asset("sst2/train.tsv.gz", config);
  EXPECT_THAT(data.report.train_labels,
              ElementsAre(Pair("negative", 3310), Pair("positive", 3610)));
  EXPECT_THAT(data.report.eval_labels, ElementsAre(Pair("negative", 428), Pair("positive", 444)));
  EXPECT_EQ(data.eval.rows[0].messages[0]["content"],
            "Is this review positive or negative?\n\none long string of cliches");
}

TEST_F(Assets, Gsm8k) {
  DataConfig config;
  config.prompt_column = "question";
  config.completion_column = "answer";
  config.val_size = 500;
  const LoadedData data = load_asset("gsm8k/train.jsonl.gz", config);
  EXPECT_EQ(data.report.rows, 7473);
  EXPECT_EQ(data.eval.rows.size(), 500U);
  EXPECT_EQ(data.report.eval_rows_in_train, 0);
  EXPECT_THAT(data.train.rows[0].completion, HasSubstr("#### "));
}

TEST_F(Assets, CsvWithANamelessColumn) {
  DataConfig config;
  config.text_column = "sent_more";
  config.label_column = "bias_type";
  const LoadedData data = load_asset("crows-pairs/crows_pairs_anonymized.csv.gz", config);
  EXPECT_THAT(data.report.forms, ElementsAre(Pair("classification", 1508)));
  EXPECT_EQ(data.train.labels.size(), 9U);
}

}  // namespace
}  // namespace fettle::data
