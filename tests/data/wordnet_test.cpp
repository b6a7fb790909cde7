#include "data/wordnet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/data/support.h"

namespace fettle::data {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kInstalled = "/usr/share/wordnet";

bool installed() { return fs::exists(fs::path(kInstalled) / "data.noun"); }

// "word: definition" of a row.
std::string body_of(const Row& row) {
  const std::string& content = row.messages[0]["content"].get_ref<const std::string&>();
  return content.substr(content.find("\n\n") + 2);
}

std::string lower_word(const Row& row) {
  const std::string body = body_of(row);
  std::string word = body.substr(0, body.find(": "));
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

DataConfig wordnet_config() {
  DataConfig config;
  config.dataset = {"wordnet"};
  config.wordnet_categories = {"artifact", "person", "plant"};
  config.wordnet_train_rows_per_class = 40;
  config.wordnet_eval_rows_per_class = 10;
  return config;
}

// A data.noun of `count` words for each of file 06 (artifact) and 18 (person).
std::string small_nouns(int count) {
  std::string out = "  1 This software and database is being provided to you\n";
  for (int i = 0; i < count; ++i) {
    out += text("{:08} 06 n 01 tool_{} 0 001 @ 00001740 n 0000 | thing {}; \"he took it\"  \n", i,
                i, i);
    out += text("{:08} 18 n 02 Maker_{} 0 wright 0 000 | one who makes {}; with care  \n", i, i, i);
  }
  return out;
}

TEST(WordNet, CutsTheGlossAtItsFirstQuotedExample) {
  EXPECT_EQ(definition_of("a living thing; \"it grew\"; \"it ate\"  "), "a living thing");
  EXPECT_EQ(definition_of("a part; another part  "), "a part; another part");
  EXPECT_EQ(definition_of("the act of acting: \"he acted\""), "the act of acting");
  EXPECT_EQ(definition_of("progress (as in \"make strides\")"),
            "progress (as in \"make strides\")");
  EXPECT_EQ(definition_of("first;\"no space\""), "first");
  EXPECT_EQ(definition_of("\"only an example\""), "\"only an example\"");
  EXPECT_EQ(definition_of("  "), "");
}

TEST(WordNet, ReadsTheFormat) {
  const TestFolder folder;
  static_cast<void>(folder.write("data.noun", small_nouns(1)));
  const std::vector<Noun> nouns = read_nouns(folder.path());
  ASSERT_EQ(nouns.size(), 2U);
  EXPECT_EQ(nouns[0].word, "tool 0");
  EXPECT_EQ(nouns[0].definition, "thing 0");
  EXPECT_EQ(kNounFiles[static_cast<std::size_t>(nouns[0].file)], "artifact");
  EXPECT_EQ(nouns[0].line, 2);
  EXPECT_EQ(nouns[1].word, "Maker 0");
  EXPECT_EQ(nouns[1].definition, "one who makes 0; with care");
  EXPECT_EQ(kNounFiles[static_cast<std::size_t>(nouns[1].file)], "person");
}

TEST(WordNet, RefusesADamagedFileByLine) {
  const TestFolder folder;
  for (const char* const bad :
       {"nonsense", "00001740 03 v 01 be 0 000 | is", "00001740 99 n 01 be 0 000 | is",
        "00001740 03 n 01 entity 0 000", "00001740 03 n 01 entity 0 000 |   "}) {
    static_cast<void>(folder.write("data.noun", small_nouns(1) + bad + "\n"));
    EXPECT_THAT(error_of([&] { static_cast<void>(read_nouns(folder.path())); }),
                HasSubstr("data.noun:4: is no noun of WordNet"))
        << bad;
  }
}

TEST(WordNet, MakesClassificationRows) {
  const TestFolder folder;
  static_cast<void>(folder.write("data.noun", small_nouns(8)));
  DataConfig config;
  config.dataset = {"wordnet"};
  config.wordnet_folder = folder.path().native();
  config.wordnet_categories = {"person", "artifact"};
  config.wordnet_train_rows_per_class = 5;
  config.wordnet_eval_rows_per_class = 3;
  const LoadedData data = load_dataset(config, 1);
  EXPECT_EQ(data.train.rows.size(), 10U);
  EXPECT_EQ(data.eval.rows.size(), 6U);
  EXPECT_EQ(data.train.labels, config.wordnet_categories);
  EXPECT_EQ(data.eval.labels, config.wordnet_categories);
  EXPECT_EQ(data.report.train_labels[0], std::make_pair(std::string("person"), std::int64_t{5}));
  const Row& row = data.train.rows[0];
  ASSERT_EQ(row.messages.size(), 2U);
  const std::string& asked = row.messages[0]["content"].get_ref<const std::string&>();
  EXPECT_THAT(asked, StartsWith("Say which of these a definition describes: person, artifact\n\n"));
  EXPECT_EQ(row.messages[1]["role"], "assistant");
  EXPECT_EQ(row.messages[1]["content"], row.label);
  EXPECT_THAT(row.origin.file, HasSubstr("data.noun"));

  config.instruction = "Which?";
  config.system = "Answer in one word.";
  const Row own = load_dataset(config, 1).train.rows[0];
  EXPECT_EQ(own.messages[0]["role"], "system");
  EXPECT_THAT(own.messages[1]["content"].get<std::string>(), StartsWith("Which?\n\n"));
}

TEST(WordNet, NamesWhatIsWrongWithTheConfig) {
  const TestFolder folder;
  static_cast<void>(folder.write("data.noun", small_nouns(8)));
  DataConfig config = wordnet_config();
  config.wordnet_folder = folder.path().native();
  const auto failure = [&] {
    return error_of([&] { static_cast<void>(load_dataset(config, 1)); });
  };
  EXPECT_THAT(failure(), HasSubstr("the category \"artifact\" has too few words for 40 training"));
  config.wordnet_categories = {"artefact", "person"};
  EXPECT_THAT(failure(), HasSubstr("did you mean \"artifact\"?"));
  config.wordnet_categories = {"person", "person"};
  EXPECT_THAT(failure(), HasSubstr("\"person\" twice"));
  config.wordnet_categories = {"person"};
  EXPECT_THAT(failure(), HasSubstr("names 1 categories"));
  config.wordnet_categories = {"person", "artifact"};
  config.wordnet_folder = (folder.path() / "no").native();
  EXPECT_THAT(failure(), HasSubstr("there is no such file"));
}

TEST(WordNet, ReadsTheInstalledNouns) {
  if (!installed()) GTEST_SKIP() << "no WordNet in " << kInstalled;
  const std::vector<Noun> nouns = read_nouns(kInstalled);
  // wnstats(7WN): WordNet 3.0 has 82,115 noun synsets.
  EXPECT_EQ(nouns.size(), 82'115U);
  EXPECT_EQ(nouns[0].word, "entity");
  EXPECT_EQ(nouns[0].definition,
            "that which is perceived or known or inferred to have its own distinct existence "
            "(living or nonliving)");
  std::set<int> files;
  for (const Noun& noun : nouns) files.insert(noun.file);
  EXPECT_EQ(files.size(), kNounFiles.size());
}

TEST(WordNet, NoWordStandsInTwoRows) {
  if (!installed()) GTEST_SKIP() << "no WordNet in " << kInstalled;
  DataConfig config;
  config.dataset = {"wordnet"};
  const LoadedData data = load_dataset(config, 3);
  std::set<std::string> words;
  for (const Dataset* const part : {&data.train, &data.eval}) {
    for (const Row& row : part->rows) {
      EXPECT_TRUE(words.insert(lower_word(row)).second) << lower_word(row);
    }
  }
  EXPECT_EQ(words.size(), data.train.rows.size() + data.eval.rows.size());
  EXPECT_EQ(data.train.rows.size(), config.wordnet_categories.size() * 200);
  EXPECT_EQ(data.eval.rows.size(), config.wordnet_categories.size() * 50);
  EXPECT_EQ(data.report.eval_rows_in_train, 0);
  for (const auto& [label, count] : data.report.train_labels) EXPECT_EQ(count, 200) << label;
  for (const auto& [label, count] : data.report.eval_labels) EXPECT_EQ(count, 50) << label;
  // Shuffled: the first rows are of several classes.
  std::set<std::string> first;
  for (std::size_t i = 0; i < 40; ++i) first.insert(data.train.rows[i].label);
  EXPECT_GT(first.size(), 5U);
}

TEST(WordNet, IsAFunctionOfTheSeed) {
  if (!installed()) GTEST_SKIP() << "no WordNet in " << kInstalled;
  DataConfig config = wordnet_config();
  const auto bodies = [](const std::vector<Row>& rows) {
    std::vector<std::string> out;
    for (const Row& row : rows) out.push_back(body_of(row));
    return out;
  };
  const LoadedData one = load_dataset(config, 5);
  EXPECT_EQ(bodies(one.train.rows), bodies(load_dataset(config, 5).train.rows));
  EXPECT_NE(bodies(one.train.rows), bodies(load_dataset(config, 6).train.rows));
  // More training rows leave the evaluation rows as they are.
  config.wordnet_train_rows_per_class = 60;
  EXPECT_EQ(bodies(one.eval.rows), bodies(load_dataset(config, 5).eval.rows));
}

}  // namespace
}  // namespace fettle::data
