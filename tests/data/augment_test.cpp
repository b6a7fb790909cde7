// Noise, synonyms, phrasings and the filter that made rows pass.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "data/augment/noise.h"
#include "data/augment/phrasing.h"
#include "data/augment/stages.h"
#include "data/augment/synonyms.h"
#include "tests/data/support.h"

namespace fettle::data {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Random kRandom(5, "test");

std::string noisy(const std::string& text, std::vector<std::string> kinds, double rate = 0.05,
                  std::uint64_t from = 0) {
  return add_noise(text, {rate, std::move(kinds)}, kRandom, from);
}

TEST(Noise, EachKindDoesWhatItSays) {
  EXPECT_EQ(noisy("ab", {"swap"}), "ba");
  EXPECT_EQ(noisy("aaaa", {"delete"}), "aaa");
  EXPECT_EQ(noisy("zz", {"insert"}), "zzz");
  EXPECT_THAT(noisy("q", {"keyboard"}), AnyOf("w", "a"));
  EXPECT_THAT(noisy("Q", {"keyboard"}), AnyOf("W", "A"));
  EXPECT_EQ(noisy("O", {"ocr"}), "0");
  EXPECT_EQ(noisy("one two", {"word_swap"}), "two one");
  EXPECT_THAT(noisy("one two", {"word_delete"}), AnyOf("one", "two"));
  EXPECT_EQ(noisy("éa", {"swap"}), "aé");  // code points, not bytes
}

TEST(Noise, KeepsDigitsAndSpacesAndDependsOnTheSeedAlone) {
  const std::string text = "In 1984 the 3rd of\nApril,  42 men met  at 10:30.";
  const auto marks = [](std::string out) {
    std::erase_if(out, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    return out;
  };
  std::size_t changed = 0;
  for (std::uint64_t from = 0; from < 50; ++from) {
    const std::string out = noisy(text, {"swap", "delete", "insert", "keyboard"}, 0.1, from * 1000);
    EXPECT_EQ(marks(out), marks(text));
    EXPECT_EQ(noisy(text, {"swap", "delete", "insert", "keyboard"}, 0.1, from * 1000), out);
    changed += out != text;
  }
  EXPECT_GE(changed, 45U);
  EXPECT_EQ(noisy("12 34", {}), "12 34");
  EXPECT_EQ(noisy("", {}), "");
  EXPECT_THAT(error_of([] { noisy("a", {"typo"}); }), HasSubstr("unknown noise \"typo\""));
}

const WordForms& word_forms() {
  static const WordForms forms{fs::path()};
  return forms;
}

bool has_wordnet() { return fs::exists("/usr/share/wordnet/index.noun"); }

TEST(WordForms, ReadInflectedWordsAndWriteThemAgain) {
  if (!has_wordnet()) GTEST_SKIP() << "WordNet is not installed";
  const WordForms& forms = word_forms();
  const auto has = [&](std::string_view word, const Reading& reading) {
    const auto readings = forms.readings(word);
    return std::find(readings.begin(), readings.end(), reading) != readings.end();
  };
  EXPECT_TRUE(has("physicians", {"physician", PartOfSpeech::kNoun, Inflection::kPlural}));
  EXPECT_TRUE(has("children", {"child", PartOfSpeech::kNoun, Inflection::kPlural}));
  EXPECT_TRUE(has("went", {"go", PartOfSpeech::kVerb, Inflection::kPast}));
  EXPECT_TRUE(has("running", {"run", PartOfSpeech::kVerb, Inflection::kGerund}));
  EXPECT_TRUE(has("carries", {"carry", PartOfSpeech::kVerb, Inflection::kThirdPerson}));
  EXPECT_TRUE(has("quickly", {"quickly", PartOfSpeech::kAdverb, Inflection::kBase}));
  EXPECT_EQ(forms.inflect("child", PartOfSpeech::kNoun, Inflection::kPlural), "children");
  EXPECT_EQ(forms.inflect("doctor", PartOfSpeech::kNoun, Inflection::kPlural), "doctors");
  EXPECT_EQ(forms.inflect("lady", PartOfSpeech::kNoun, Inflection::kPlural), "ladies");
  EXPECT_EQ(forms.inflect("boss", PartOfSpeech::kNoun, Inflection::kPlural), "bosses");
  EXPECT_EQ(forms.inflect("make", PartOfSpeech::kVerb, Inflection::kGerund), "making");
  EXPECT_EQ(forms.inflect("stop", PartOfSpeech::kVerb, Inflection::kPast), "stopped");
  EXPECT_EQ(forms.inflect("carry", PartOfSpeech::kVerb, Inflection::kPast), "carried");
  EXPECT_EQ(forms.inflect("go", PartOfSpeech::kVerb, Inflection::kPast), std::nullopt);
}

TEST(WordForms, AFolderWithoutWordNetOrWithAnotherFileIsAnError) {
  const TestFolder folder;
  EXPECT_THAT(error_of([&] { WordForms{folder.path()}; }), HasSubstr("index.noun"));
  (void)folder.write("index.noun", "  1 licence\nno line of it\n");
  EXPECT_THAT(error_of([&] { WordForms{folder.path()}; }), HasSubstr("index.noun:2: is no line"));
}

TEST(Synonyms, ReplaceWordsInTheirInflectionAndCase) {
  if (!has_wordnet()) GTEST_SKIP() << "WordNet is not installed";
  const auto replaced = [&](std::string_view text) {
    return replace_synonyms(text, word_forms(), 1, kRandom, 3);
  };
  EXPECT_THAT(replaced("Physicians"), AnyOf("Doctors", "Docs", "Medicos"));
  EXPECT_THAT(replaced("a physician"), AnyOf("a doctor", "a doc", "a medico"));
  EXPECT_EQ(replaced("an attorney"), "an attorney");  // "an lawyer" would be wrong
  EXPECT_EQ(replaced("Purchased"), "Bought");
  EXPECT_EQ(replaced("of the and in"), "of the and in");
  EXPECT_EQ(replaced("it's iPhone42"), "it's iPhone42");
  const std::string text = "The physician quickly  purchased an automobile, didn't he?";
  const std::string out = replaced(text);
  EXPECT_NE(out, text);
  EXPECT_THAT(out, HasSubstr(", didn't he?"));
  EXPECT_EQ(replaced(text), out);
}

TEST(Phrasings, FillFieldsAndRefuseWhatIsWrong) {
  const auto phrasing = Phrasing::parse("Say {{what}} {text} is, in {n} words");
  ASSERT_TRUE(phrasing);
  EXPECT_EQ(*phrasing->fill({{"text", "a {n}"}, {"n", 3}}), "Say {what} a {n} is, in 3 words");
  EXPECT_EQ(phrasing->fill({{"text", "x"}}).error().message(),
            "n: is no text of the row; name a field that each row has");
  for (const char* const bad : {"a {", "a }", "{}", "{a b}", "{a{b}", "{{{", "}}}"}) {
    EXPECT_FALSE(Phrasing::parse(bad)) << bad;
  }
  EXPECT_EQ(Phrasing::parse("ab}").error().where, "byte 3");
}

struct Stage {
  Models models;
  std::unique_ptr<RowStage> stage;

  Stage(std::string_view name, const Json& options, Models handed = {})
      : models(std::move(handed)) {
    Bench bench;
    bench.models = &models;
    bench.seed = 3;
    for (const RowStageRow& row : augment_stages()) {
      if (row.name == name) stage = row.make(options, bench);
    }
  }
  [[nodiscard]] std::vector<Record> children(const Record& record) const {
    std::vector<Record> out;
    stage->expand(record, out);
    return out;
  }
};

Record record_of(const Json& fields, const std::string& part = "") {
  Record record;
  record.fields = fields;
  record.part = part;
  record.ordinal = 12;
  return record;
}

TEST(AugmentStages, OnlyTrainingRowsHaveChildrenAndChildrenHaveNone) {
  const Stage noise("noise", {{"children", 2}, {"rate", 0.02}});
  const Json fields = {{"text", "a plain sentence with enough letters to make mistakes in"}};
  EXPECT_THAT(noise.children(record_of(fields, "test")), IsEmpty());
  const auto children = noise.children(record_of(fields, "train"));
  ASSERT_THAT(children, SizeIs(2));
  EXPECT_NE(children[0].fields["text"], children[1].fields["text"]);
  EXPECT_EQ(children[0].notes["augmented"], "noise");
  EXPECT_GT(children[0].notes["similarity"].get<double>(), 0.5);
  EXPECT_THAT(noise.children(children[0]), IsEmpty());
}

// Answers every run of as many questions as there are texts with these texts.
Models paraphraser(std::vector<std::string> texts) {
  Models models;
  models.answer = [texts](std::span<const Question> questions) {
    std::vector<Result<std::string>> answers;
    for (std::size_t i = 0; i < questions.size(); ++i) {
      answers.emplace_back(texts[i % texts.size()]);
    }
    return answers;
  };
  return models;
}

TEST(AugmentStages, DuplicatesAndWhatMeansSomethingElseAreDropped) {
  const Stage stage("paraphrase", {{"children", 4}},
                    paraphraser({"The cat sat on the mat!", "the cat was sitting on the mat",
                                 "The cat was sitting on the mat.", "Stocks fell sharply today"}));
  const auto children = stage.children(record_of({{"text", "The cat sat on the mat."}}));
  ASSERT_THAT(children, SizeIs(1));
  EXPECT_EQ(children[0].fields["text"], "the cat was sitting on the mat");
}

TEST(AugmentStages, LabelsMustSurviveByTheClassifierThatIsHandedIn) {
  Models models = paraphraser({"a truly good film", "a truly bad film"});
  models.classify = [](std::span<const std::string> texts) {
    std::vector<Classes> classes;
    for (const std::string& text : texts) {
      classes.push_back({{text.find("good") != std::string::npos ? "pos" : "neg", 0.9}});
    }
    return classes;
  };
  const Stage stage("paraphrase", {{"children", 2}}, models);
  const auto children = stage.children(record_of({{"text", "a good film"}, {"label", "pos"}}));
  ASSERT_THAT(children, SizeIs(1));
  EXPECT_EQ(children[0].fields["text"], "a truly good film");
  EXPECT_EQ(children[0].notes["agreement"], true);
}

TEST(AugmentStages, OrByOneThatLearnsFromTrainingRows) {
  const TestFolder folder;
  std::string rows;
  for (int i = 0; i < 30; ++i) {
    rows += text("{{\"text\": \"good great lovely film {}\", \"label\": \"pos\"}}\n", i);
    rows += text("{{\"text\": \"bad awful boring film {}\", \"label\": \"neg\"}}\n", i);
  }
  const std::string path = folder.write("train.jsonl", rows);
  const Json options = {{"children", 2}, {"classifier_rows", path}, {"least_similarity", 0.2}};
  const Stage stage("paraphrase", options, paraphraser({"a lovely film", "a boring film"}));
  const auto children = stage.children(record_of({{"text", "a good film"}, {"label", "pos"}}));
  ASSERT_THAT(children, SizeIs(1));
  EXPECT_EQ(children[0].fields["text"], "a lovely film");
}

TEST(AugmentStages, AModelIsAskedAboutAllRowsAtOnce) {
  Models models;
  std::vector<std::size_t> asked;
  models.answer = [&](std::span<const Question> questions) {
    asked.push_back(questions.size());
    std::vector<Result<std::string>> answers;
    for (const Question& one : questions) {
      // Back translation: the text is the last line.
      const std::string text = one.prompt.substr(one.prompt.rfind('\n') + 1);
      answers.emplace_back(text == "no" ? Result<std::string>(problem("", "refused"))
                                        : Result<std::string>(text + " once more"));
    }
    return answers;
  };
  std::size_t measured = 0;
  models.vectors = [&](std::span<const std::string> texts) {
    measured += texts.size();
    return std::vector<std::vector<float>>(texts.size(), {1.0F, 0.0F});
  };
  const Stage stage("back_translation", {{"children", 2}}, models);
  std::vector<Record> records = {record_of({{"text", "one"}}), record_of({{"other", "x"}}),
                                 record_of({{"text", "no"}}), record_of({{"text", "two"}}, "test"),
                                 record_of({{"text", "three"}})};
  std::vector<std::pair<std::size_t, std::string>> made;
  stage.stage->expand_all(records, [&](std::size_t i, std::vector<Record> children) {
    for (const Record& child : children) made.emplace_back(i, child.fields["text"]);
  });
  EXPECT_THAT(asked, testing::ElementsAre(6, 4));  // 3 texts through 2 languages; 2 texts back
  EXPECT_EQ(measured, 5U);                         // 3 parents; the equal children are one
  EXPECT_THAT(made, testing::ElementsAre(testing::Pair(0U, "one once more once more"),
                                         testing::Pair(4U, "three once more once more")));
}

TEST(AugmentStages, WhatIsMissingIsSaid) {
  const Stage noise("noise", Json::object());
  EXPECT_THAT(error_of([&] {
                (void)noise.children(record_of({{"text", "abc"}, {"label", "x"}}));
              }),
              HasSubstr("nothing classifies"));
  EXPECT_THAT(error_of([] { Stage("paraphrase", Json::object()); }),
              HasSubstr("no model that writes"));
  EXPECT_THAT(error_of([] { Stage("back_translation", Json::object()); }),
              HasSubstr("no model that writes"));
  EXPECT_THAT(error_of([] { Stage("phrasings", {{"templates", {"{"}}}); }), HasSubstr("byte 1"));
}

TEST(AugmentStages, PhrasingsRewriteTheInstruction) {
  const Stage stage(
      "phrasings",
      {{"children", 3},
       {"templates", {"Translate: {input}", "Say in German: {input}", "For {missing}"}}});
  const auto children =
      stage.children(record_of({{"instruction", "Translate."}, {"input", "a dog"}}));
  ASSERT_THAT(children, SizeIs(2));
  EXPECT_THAT(children[0].fields["instruction"].get<std::string>(), HasSubstr("a dog"));
}

}  // namespace
}  // namespace fettle::data
