#include "data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "data/split.h"
#include "tests/data/support.h"

namespace fettle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

constexpr const char* kGood = R"({"text":"fine"})";

std::string classified(int rows, int classes) {
  std::string out;
  for (int i = 0; i < rows; ++i) {
    out += text("{{\"text\":\"row {}\",\"label\":\"c{}\"}}\n", i, i % classes);
  }
  return out;
}

std::vector<std::string> texts_of(const Dataset& part) {
  std::vector<std::string> out;
  for (const Row& row : part.rows) {
    out.push_back(row.form == RowForm::kText ? row.text
                                             : row.messages[0]["content"].get<std::string>());
  }
  return out;
}

TEST(Dataset, ReadsEachFormatToTheSameRows) {
  const TestFolder folder;
  const std::vector<std::string> paths = {
      folder.write("a.jsonl", "{\"text\":\"one\"}\r\n\n{\"text\":\"two\\nlines\"}\n"),
      folder.write_gzip("b.jsonl.gz", "{\"text\":\"one\"}\n{\"text\":\"two\\nlines\"}"),
      folder.write("c.json", "\xef\xbb\xbf[{\"text\":\"one\"},\n{\"text\":\"two\\nlines\"}]"),
      folder.write("d.json", R"({"version":1,"data":[{"text":"one"},{"text":"two\nlines"}]})"),
      folder.write("e.json", R"({"rows":[{"text":"one"},{"text":"two\nlines"}]})"),
      folder.write("f.json", "{\"text\":\"one\"}\n{\"text\":\"two\\nlines\"}\n"),
      folder.write("g.csv", "id,text\n1,one\n2,\"two\nlines\"\n"),
      folder.write_gzip("h.tsv.gz", "text\tid\none\t1\n\"two\nlines\"\t2\n"),
  };
  for (const std::string& path : paths) {
    const LoadedData data = load(path);
    EXPECT_THAT(texts_of(data.train), ElementsAre("one", "two\nlines")) << path;
    EXPECT_THAT(data.report.forms, ElementsAre(Pair("text", 2))) << path;
    EXPECT_EQ(data.report.rows, 2);
    EXPECT_EQ(data.train.rows[1].origin.file, path);
  }
  EXPECT_EQ(load(paths[0]).train.rows[1].origin.line, 3);
  EXPECT_EQ(load(paths[2]).train.rows[1].origin.line, 2);
  EXPECT_EQ(load(paths[1]).train.name, "b");
}

TEST(Dataset, ReadsPlainTextByFileLineOrParagraph) {
  const TestFolder folder;
  const std::string path = folder.write("a.txt", "one\ntwo\n\n \nthree\n");
  DataConfig config;
  EXPECT_THAT(texts_of(load(path, config).train), ElementsAre("one\ntwo\n\n \nthree\n"));
  config.text_rows = "line";
  EXPECT_THAT(texts_of(load(path, config).train), ElementsAre("one", "two", "three"));
  config.text_rows = "paragraph";
  const LoadedData data = load(path, config);
  EXPECT_THAT(texts_of(data.train), ElementsAre("one\ntwo", "three"));
  EXPECT_EQ(data.train.rows[1].origin.line, 5);
}

TEST(Dataset, ListsBadRowsByLine) {
  const TestFolder folder;
  const std::string path = folder.write(
      "a.jsonl", std::string(kGood) + "\n{\"text\":\n" + "{\"txt\":\"a\"}\n{\"text\":\"\xff\"}\n" +
                     std::string("{\"text\":\"\0\"}\n", 13) + kGood + "\n");
  const std::string error = load_error(path);
  EXPECT_THAT(error, HasSubstr("4 of 6 rows cannot be used and max_bad_rows is 0"));
  EXPECT_THAT(error, HasSubstr("\n  " + path + ":2: not valid JSON"));
  EXPECT_THAT(error, HasSubstr("\n  " + path + ":3: the keys txt fit no form"));
  EXPECT_THAT(error, HasSubstr("\n  " + path + ":4: byte 10 (0xff) is not UTF-8"));
  EXPECT_THAT(error, HasSubstr("\n  " + path + ":5: byte 10 is NUL"));
  EXPECT_THAT(error, Not(HasSubstr("more")));

  DataConfig config;
  config.max_bad_rows = 4;
  const LoadedData data = load(path, config);
  EXPECT_EQ(data.train.rows.size(), 2U);
  EXPECT_EQ(data.report.bad_rows, 4);
  EXPECT_EQ(data.report.problems.size(), 4U);
}

TEST(Dataset, ShowsTheFirstTwentyOfManyProblems) {
  const TestFolder folder;
  std::string lines;
  for (int i = 0; i < 30; ++i) lines += "{}\n";
  const std::string error = load_error(folder.write("a.jsonl", lines));
  EXPECT_THAT(error, HasSubstr("a.jsonl:20: "));
  EXPECT_THAT(error, Not(HasSubstr("a.jsonl:21: ")));
  EXPECT_THAT(error, HasSubstr("... and 10 more"));
}

TEST(Dataset, NamesWhatIsWrongWithAFile) {
  const TestFolder folder;
  EXPECT_THAT(load_error(folder.write("a.jsonl", "\n\n")), HasSubstr("holds no row to train on"));
  EXPECT_THAT(load_error(folder.write("b.json", "3")),
              HasSubstr("holds a value of type number; an array of rows was expected"));
  EXPECT_THAT(load_error(folder.write("c.json", "[1,")), HasSubstr("not valid JSON"));
  EXPECT_THAT(load_error(folder.write("d.json", "[\"\xff\"]")), HasSubstr("byte 3 (0xff)"));
  EXPECT_THAT(load_error(folder.write("e.parquet", "PAR1")), HasSubstr("known endings: .jsonl"));
  EXPECT_THAT(load_error(folder.write("f.csv", "text,text\na,b\n")),
              HasSubstr("the column \"text\" stands twice in the header"));
  EXPECT_THAT(load_error(folder.write("g.csv", "text,label\na\n")),
              HasSubstr("g.csv:2: has 1 columns; 2 were expected: text, label"));
  EXPECT_THAT(load_error(folder.write("h.csv", "text\n\xff\n")),
              HasSubstr("h.csv:2: column \"text\": byte 1 (0xff)"));
  EXPECT_THAT(load_error(folder.write("i.csv", "te\"xt\na\n")), HasSubstr("a lone quote"));
  EXPECT_THAT(load_error((folder.path() / "a.jsonk").native()), HasSubstr("did you mean"));
  EXPECT_THAT(load_error(folder.write("j.json", std::string(100'000, '['))),
              HasSubstr("nested deeper"));
}

TEST(Dataset, NamesWhatIsWrongWithTheConfig) {
  const TestFolder folder;
  const std::string path = folder.write("a.jsonl", classified(10, 2));
  EXPECT_THAT(error_of([] { static_cast<void>(load_dataset({}, 1)); }),
              HasSubstr("dataset is empty"));
  DataConfig config;
  config.labels = {"c0", "c0"};
  EXPECT_THAT(load_error(path, config), HasSubstr("labels holds a name twice"));
  config.labels.clear();
  config.column_names = {"a", "a"};
  EXPECT_THAT(load_error(path, config), HasSubstr("column_names holds a name twice"));
  config.column_names.clear();
  config.val_size = 1.5;
  EXPECT_THAT(load_error(path, config), HasSubstr("val_size is 1.5; give a share below 1"));
  config.val_size = 10;
  EXPECT_THAT(load_error(path, config), HasSubstr("holds out all of the 10 rows"));
  config.val_size = 0;
  config.eval_dataset = {folder.write("b.jsonl", "\n")};
  EXPECT_THAT(load_error(path, config), HasSubstr("holds no row to evaluate on"));
  config.eval_dataset.clear();
  config.val_size = 1;
  EXPECT_THAT(load_error(folder.write("c.jsonl", std::string(kGood) + "\n" + kGood + "\n"), config),
              HasSubstr("all rows say nearly the same"));
}

TEST(Dataset, HoldsOutTheSameShareOfEachLabel) {
  const TestFolder folder;
  DataConfig config;
  config.val_size = 0.1;
  const std::string path = folder.write("a.jsonl", classified(400, 4));
  const LoadedData data = load(path, config);
  EXPECT_EQ(data.train.rows.size(), 360U);
  EXPECT_THAT(data.report.eval_labels,
              ElementsAre(Pair("c0", 10), Pair("c1", 10), Pair("c2", 10), Pair("c3", 10)));
  EXPECT_EQ(data.report.eval_rows_in_train, 0);
  const std::vector<std::string> train = texts_of(data.train);
  std::set<std::string> all(train.begin(), train.end());
  for (const std::string& row : texts_of(data.eval)) EXPECT_TRUE(all.insert(row).second) << row;
  EXPECT_EQ(all.size(), 400U);

  EXPECT_EQ(texts_of(data.eval), texts_of(load(path, config).eval));
  config.dataset = {path};
  EXPECT_NE(texts_of(data.eval), texts_of(load_dataset(config, 8).eval));
  config.val_size = 7;
  EXPECT_EQ(load_dataset(config, 8).eval.rows.size(), 7U);
}

TEST(Dataset, KeepsEqualRowsOnOneSide) {
  const TestFolder folder;
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += text("{{\"text\":\"row {}\"}}\n", i % 25);
  DataConfig config;
  config.val_size = 0.2;
  const LoadedData data = load(folder.write("a.jsonl", lines), config);
  EXPECT_EQ(data.report.eval_rows_in_train, 0);
  EXPECT_EQ(data.eval.rows.size(), 20U);
  EXPECT_EQ(data.train.rows.size(), 80U);
}

TEST(Dataset, CountsEvaluationRowsThatAreTrainedOn) {
  const TestFolder folder;
  DataConfig config;
  config.eval_dataset = {folder.write("b.jsonl", "{\"text\":\"row 3\"}\n{\"text\":\"other\"}\n")};
  const LoadedData data =
      load(folder.write("a.jsonl", "{\"text\":\"row 3\"}\n{\"text\":\"row 4\"}\n"), config);
  EXPECT_EQ(data.report.eval_rows_in_train, 1);
  EXPECT_EQ(data.eval.name, "b");
}

TEST(Dataset, DrawsAtMostWhatIsAsked) {
  const TestFolder folder;
  const std::string path = folder.write("a.jsonl", classified(100, 2));
  DataConfig config;
  config.val_size = 0.5;
  config.max_train_rows = 20;
  config.max_eval_rows = 5;
  const LoadedData data = load(path, config);
  EXPECT_EQ(data.train.rows.size(), 20U);
  EXPECT_EQ(data.eval.rows.size(), 5U);
  std::int64_t before = 0;
  for (const Row& row : data.train.rows) {
    EXPECT_GT(row.origin.line, before);
    before = row.origin.line;
  }
  EXPECT_GT(data.train.rows.back().origin.line, 50);
  config.max_train_rows = 1000;
  EXPECT_EQ(load(path, config).train.rows.size(), 50U);
}

TEST(Dataset, OrdersLabels) {
  const TestFolder folder;
  const std::string path = folder.write("a.csv", "text,label\na,z\nb,y\nc,z\n");
  EXPECT_THAT(load(path).train.labels, ElementsAre("z", "y"));
  DataConfig config;
  config.labels = {"x", "y", "z"};
  const LoadedData data = load(path, config);
  EXPECT_THAT(data.train.labels, ElementsAre("x", "y", "z"));
  EXPECT_THAT(data.report.train_labels, ElementsAre(Pair("x", 0), Pair("y", 1), Pair("z", 2)));
}

TEST(Split, SharesTheRestByLargestRemainder) {
  std::vector<Row> rows;
  for (int i = 0; i < 10; ++i) {
    Row row;
    row.form = RowForm::kText;
    row.text = std::to_string(i);
    row.label = i < 7 ? "a" : "b";
    rows.push_back(row);
  }
  // 4 of 10: a 2.8 -> 3, b 1.2 -> 1.
  const Split split = hold_out(rows, equal_groups(rows), 4, 1);
  std::map<std::string, int> counts;
  for (const Row& row : split.eval) ++counts[row.label];
  EXPECT_THAT(counts, ElementsAre(Pair("a", 3), Pair("b", 1)));
  EXPECT_EQ(hold_out({}, {}, 0, 1).train.size(), 0U);
}

TEST(Split, GroupsStayWholeAndAreTakenWhereTheyFit) {
  std::vector<Row> rows(12);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].form = RowForm::kText;
    rows[i].text = std::to_string(i);
    rows[i].label = i % 2 == 0 ? "a" : "b";
  }
  // One group of six across the labels, six rows that stand alone.
  const std::vector<std::uint32_t> groups = {0, 0, 0, 0, 0, 0, 6, 7, 8, 9, 10, 11};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Split few = hold_out(rows, groups, 3, seed);
    EXPECT_EQ(few.moved, 0);  // the six do not fit
    EXPECT_GE(few.eval.size(), 3U);
    for (const Row& row : few.eval) EXPECT_GE(std::stoi(row.text), 6);
    const Split many = hold_out(rows, groups, 10, seed);
    EXPECT_EQ(many.moved, 5);
    EXPECT_GE(many.eval.size(), 10U);
    EXPECT_LT(many.eval.size(), 12U);
  }
}

TEST(Split, CountsAsStated) {
  EXPECT_EQ(held_out_count(0, 10), 0);
  EXPECT_EQ(held_out_count(0.25, 10), 3);
  EXPECT_EQ(held_out_count(0.001, 10), 1);
  EXPECT_EQ(held_out_count(4, 10), 4);
  EXPECT_THAT(error_of([] { static_cast<void>(held_out_count(0.99, 2)); }),
              HasSubstr("holds out all of the 2 rows"));
  EXPECT_THAT(error_of([] { static_cast<void>(held_out_count(1e30, 2)); }),
              HasSubstr("holds out all"));
}

}  // namespace
}  // namespace fettle::data
