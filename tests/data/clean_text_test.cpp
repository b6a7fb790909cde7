// Repair, lines, answers, schema, perplexity and the table of stages.
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "data/clean/answers.h"
#include "data/clean/language.h"
#include "data/clean/lines.h"
#include "data/clean/measures.h"
#include "data/clean/mojibake.h"
#include "data/clean/quality.h"
#include "data/clean/repair.h"
#include "data/clean/stages.h"

namespace fettle::data::clean {
namespace {

using Kind = Verdict::Kind;

Record row(Json fields) {
  Record record;
  record.fields = std::move(fields);
  return record;
}

Verdict run(std::string_view stage, Record& record, Json options = Json::object(),
            const Models& models = {}) {
  Bench bench;
  bench.models = &models;
  for (const RowStageRow& entry : clean_stages()) {
    if (entry.name == stage) return entry.make(options, bench)->apply(record);
  }
  throw std::runtime_error("no such stage");
}

TEST(CleanText, RepairSaysWhatItChanged) {
  std::string text = "caf\xc3\x83\xc2\xa9 &amp; \x1b[31mred\x1b[0m  \r\n\r\n\r\n\r\ne\xcc\x81nd ";
  const Repairs done = repair(text, {});
  EXPECT_EQ(text, "caf\xc3\xa9 & red\n\n\xc3\xa9nd");
  EXPECT_EQ(done, (Repairs{"entities", "mojibake", "control characters", "NFC", "white space"}));
  std::string plain = "Nothing to do.\n\n    def f(): pass";
  EXPECT_TRUE(repair(plain, {}).empty());
  EXPECT_EQ(plain, "Nothing to do.\n\n    def f(): pass");
}

TEST(CleanText, SurrogatesAreJoined) {
  EXPECT_EQ(with_surrogates_joined("a\\ud83d\\ude00b"),
            "a\xf0\x9f\x98\x80"
            "b");
  EXPECT_EQ(with_surrogates_joined("\xed\xa0\xbd\xed\xb8\x80"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(with_surrogates_joined("\xed\xa0\xbdx\xff"), "\xef\xbf\xbdx\xef\xbf\xbd");
  EXPECT_EQ(with_surrogates_joined("C:\\users \\ud83d"), "C:\\users \\ud83d");
}

TEST(CleanText, MarkupGoesAndCodeStays) {
  EXPECT_EQ(without_markup("<p>One <b>two</b></p><script>x < 1</script><!-- c --><br/>three"),
            "One two\nthree");
  EXPECT_EQ(without_markup("#include <vector> and a < b > c"), "#include <vector> and a < b > c");
}

TEST(CleanText, BoilerplateLinesGo) {
  LinesConfig config;
  config.max_removed_words = 0;
  std::string text =
      "Sign in\nA cat sat on the mat.\n3 likes\nRead more...\n2021\nPRIVACY POLICY\nHome";
  EXPECT_EQ(remove_boilerplate(text, config).kind, Kind::kChanged);
  EXPECT_EQ(text, "A cat sat on the mat.");
  config.max_removed_words = 0.05;
  std::string page = "Sign in\nA cat sat.";
  EXPECT_EQ(remove_boilerplate(page, config).kind, Kind::kDropped);
}

TEST(CleanText, AnswersAreChecked) {
  const auto reason = [](std::string_view answer) {
    Record record = row({{"instruction", "Do it."}, {"output", std::string(answer)}});
    return run("answers", record).reason;
  };
  EXPECT_EQ(reason("Here you are."), "");
  EXPECT_EQ(reason("  \n"), "empty answer");
  EXPECT_EQ(reason("```python\nprint(1)"), "truncated answer");
  EXPECT_EQ(reason("It depends on the"), "truncated answer");
  EXPECT_EQ(reason("First (a list of things"), "truncated answer");
  EXPECT_EQ(reason("1) one\n2) two"), "");
  EXPECT_EQ(reason("I\xe2\x80\x99m sorry, but as an AI language model, I cannot."),
            "refused answer");
  EXPECT_EQ(reason("The word sorry has five letters."), "");
  Record chat = row({{"messages",
                      {{{"role", "user"}, {"content", ""}},
                       {{"role", "assistant"}, {"content", "I cannot assist with that."}}}}});
  EXPECT_EQ(run("answers", chat).reason, "refused answer");
}

TEST(CleanText, SchemaAndLabels) {
  Record record = row({{"text", "Good film"}, {"label", "pos"}});
  EXPECT_EQ(run("schema", record, {{"labels", {"pos", "neg"}}}).kind, Kind::kKept);
  EXPECT_EQ(run("schema", record, {{"labels", {"yes", "no"}}}).reason, "unknown label");
  EXPECT_EQ(run("schema", record, {{"required", {"source"}}}).reason, "missing source");
  const Record other = row({{"text", " good\n FILM "}, {"label", "neg"}});
  EXPECT_EQ(contradiction_key(record), contradiction_key(other));
}

TEST(CleanText, PerplexityIsHandedIn) {
  Record record = row({{"text", "x"}});
  EXPECT_THROW((void)run("perplexity", record), UsageError);
  Models models;
  models.perplexity = [](std::span<const std::string> texts) {
    return std::vector<double>(texts.size(), 300.0);
  };
  EXPECT_EQ(run("perplexity", record, {{"max", 200.0}}, models).reason, "perplexity too high");
  const Json buckets = {{"head", 100.0}, {"middle", 400.0}, {"keep", {"head"}}};
  EXPECT_EQ(run("perplexity", record, buckets, models).reason, "perplexity of the middle");
  EXPECT_EQ(record.notes["perplexity_bucket"], "middle");
}

TEST(CleanText, LanguageKeepsAndDrops) {
  Record record = row({{"text", "Der Hund läuft heute über die grüne Wiese und freut sich."}});
  EXPECT_EQ(run("language", record, {{"keep", {"de"}}}).kind, Kind::kKept);
  EXPECT_EQ(record.notes["language"], "de");
  EXPECT_EQ(run("language", record, {{"keep", {"en"}}}).reason, "language de");
}

TEST(CleanText, BadWordsStandAlone) {
  C4Config config;
  config.bad_words = {"darn"};
  config.min_sentences = 0;
  std::string text = "Socks are darned here.";
  EXPECT_EQ(c4_quality(text, config).kind, Kind::kKept);
  text = "Well, DARN it all.";
  EXPECT_EQ(c4_quality(text, config).reason, "c4_bad_words");
}

TEST(CleanText, LengthAndSymbols) {
  Record record = row({{"text", "$$$$ #### !!!! ok"}});
  EXPECT_EQ(run("symbols", record).reason, "too many symbols");
  EXPECT_EQ(run("length", record, {{"min_words", 3}}).reason, "too few words");
  EXPECT_EQ(run("length", record, {{"max_chars", 5}}).reason, "too many characters");
}

TEST(CleanText, EveryStageTakesAnyRow) {
  std::set<std::string_view> names;
  Models models;
  models.perplexity = [](std::span<const std::string> texts) {
    return std::vector<double>(texts.size(), 1.0);
  };
  for (const RowStageRow& entry : clean_stages()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.help.empty());
    for (const std::string& text :
         {std::string(), std::string("\xff\xfe\xed\xa0"), std::string(3, '\0'), std::string("\n\n"),
          std::string("<a \"")}) {
      Record record = row({{"text", text}});
      (void)run(entry.name, record, Json::object(), models);
    }
    Record empty = row(Json::object());
    (void)run(entry.name, empty, Json::object(), models);
  }
}

}  // namespace
}  // namespace fettle::data::clean
