#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/annotate/agreement_report.h"
#include "data/annotate/gold.h"
#include "data/annotate/project.h"
#include "tests/data/annotate_support.h"

namespace fettle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Project, KeepsAnswersOverReopening) {
  TestProject project(config_for("classification"));
  EXPECT_EQ(project.say(0, "Ann", "\"red\""), "");
  EXPECT_EQ(project.say(1, "Ann", "null"), "");
  project.reopen();
  const Progress progress = project->progress();
  EXPECT_EQ(progress.rows, 4);
  EXPECT_EQ(progress.begun, 2);
  EXPECT_EQ(progress.skipped, 1);
  EXPECT_EQ(project->done_by(project.who("Ann")), 2);
  EXPECT_EQ(to_text((*project->view(0, project.who("Ann")))["mine"]["value"]), "\"red\"");
}

TEST(Project, UndoesStepByStep) {
  TestProject project(config_for("classification"));
  const std::int64_t ann = project.who("Ann");
  EXPECT_EQ(project.say(2, "Ann", "\"red\""), "");
  EXPECT_EQ(project.say(2, "Ann", "\"blue\""), "");
  EXPECT_EQ(project.say(3, "Ann", "\"green\""), "");
  EXPECT_EQ(project.say(3, "Bob", "\"red\""), "");
  EXPECT_EQ(project->undo(ann)->row, 3);
  EXPECT_EQ(project->states()[3].said.size(), 1U);  // Bob's stands
  const auto second = project->undo(ann);
  ASSERT_TRUE(second && second->before);
  EXPECT_EQ(*second->before->value, "red");
  project.reopen();
  EXPECT_EQ(project->states()[2].said[0].value, "\"red\"");
  EXPECT_EQ(project->undo(project.who("Ann"))->before, std::nullopt);
  EXPECT_EQ(project->undo(project.who("Ann")), std::nullopt);
  EXPECT_TRUE(project->states()[2].said.empty());
}

TEST(Project, RefusesWhatTheTaskDoesNotAllow) {
  TestProject labels(config_for("classification"));
  EXPECT_THAT(labels.say(0, "Ann", "\"gren\""), HasSubstr("did you mean \"green\""));
  EXPECT_THAT(labels.say(0, "Ann", "[\"red\"]"), HasSubstr("is no text"));
  EXPECT_THAT(labels.say(4, "Ann", "\"red\""), HasSubstr("rows are numbered 0 to 3"));
  EXPECT_THAT(labels.say(-1, "Ann", "\"red\""), HasSubstr("there is no row -1"));

  TestProject many(config_for("multi_label"));
  EXPECT_EQ(many.say(0, "Ann", R"(["blue","red"])"), "");
  EXPECT_EQ(many->states()[0].said[0].value, R"(["red","blue"])");
  EXPECT_THAT(many.say(0, "Ann", R"(["red","red"])"), HasSubstr("twice"));

  TestProject spans(config_for("spans"));
  EXPECT_EQ(spans.say(0, "Ann", R"([{"begin":4,"end":9,"label":"red"}])"), "");
  EXPECT_THAT(spans.say(0, "Ann", R"([{"begin":4,"end":10,"label":"red"}])"),
              HasSubstr("leaves the text of 9 characters"));
  EXPECT_THAT(spans.say(0, "Ann", R"([{"begin":4,"end":4,"label":"red"}])"), HasSubstr("is empty"));
  EXPECT_THAT(spans.say(0, "Ann", R"([{"begin":-1,"end":4,"label":"red"}])"),
              HasSubstr("is not {begin, end, label}"));

  TestProject rating(config_for("rating"));
  EXPECT_THAT(rating.say(0, "Ann", "6"), HasSubstr("from 1 to 5"));
  EXPECT_THAT(rating.say(0, "Ann", "2.5"), HasSubstr("from 1 to 5"));
  TestProject writing(config_for("writing"));
  EXPECT_THAT(writing.say(0, "Ann", "\" \\n\""), HasSubstr("is empty"));
}

TEST(Project, QueuesAndSettlesDisagreements) {
  TestProject project(config_for("classification"));
  project.say(0, "Ann", "\"red\"");
  project.say(0, "Bob", "\"red\"");
  project.say(1, "Ann", "\"red\"");
  project.say(1, "Bob", "\"green\"");
  EXPECT_THAT(project->disagreements(10), ElementsAre(1));
  EXPECT_EQ((*project->disagreement(1, 1))["answers"].size(), 2U);
  EXPECT_FALSE(project->adjudicate(2, 1, Json("red"), 0).has_value());
  EXPECT_TRUE(project->adjudicate(1, 1, Json("green"), 0).has_value());
  EXPECT_TRUE(project->disagreements(10).empty());
  project.reopen();
  EXPECT_EQ(project->states()[1].adjudicated, "\"green\"");
  EXPECT_TRUE(project->undo(1)->adjudication);
  EXPECT_THAT(project->disagreements(10), ElementsAre(1));
}

TEST(Project, AnothersLastWordStandsAfterUndo) {
  TestProject project(config_for("classification"));
  project.say(1, "Ann", "\"red\"");
  project.say(1, "Bob", "\"green\"");
  static_cast<void>(project->adjudicate(1, 1, Json("red"), 0));
  static_cast<void>(project->adjudicate(1, 2, Json("green"), 0));
  static_cast<void>(project->undo(1));
  EXPECT_EQ(project->states()[1].adjudicated, "\"green\"");
}

TEST(Project, RefusesAConfigThatAnswersDoNotFit) {
  TestProject project(config_for("classification"));
  project.say(0, "Ann", "\"blue\"");
  ProjectConfig fewer = config_for("classification");
  fewer.labels = {"red", "green"};
  EXPECT_THAT(error_of([&] { project.reopen(fewer); }), HasSubstr("does not fit it any more"));
  EXPECT_THAT(error_of([&] { project.reopen(config_for("rating")); }),
              HasSubstr("another project"));
}

TEST(Project, NamesAreChecked) {
  TestProject project(config_for("classification"));
  EXPECT_FALSE(project->login("").has_value());
  EXPECT_FALSE(project->login("  ").has_value());
  EXPECT_FALSE(project->login("a\nb").has_value());
  EXPECT_FALSE(project->login(std::string(65, 'a')).has_value());
  EXPECT_EQ(project->login(" Ann ")->name, "Ann");
  EXPECT_EQ(project->login("Ann")->id, project->login(" Ann")->id);
}

TEST(Import, RefusesBadRowsAsAWhole) {
  const TestFolder folder;
  const std::string file = folder.write("r.jsonl", "{\"text\":\"a\"}\n{\"txt\":\"b\"}\nnot json\n");
  const auto import = [&](std::int64_t most) {
    return import_rows(config_for("classification"), folder.path(), {file}, most);
  };
  const std::string error = error_of([&] { static_cast<void>(import(1)); });
  EXPECT_THAT(error, HasSubstr("2 rows cannot be annotated and nothing was imported"));
  EXPECT_THAT(error, HasSubstr("r.jsonl:2: has none of the keys text"));
  EXPECT_THAT(error, HasSubstr("r.jsonl:3"));
  EXPECT_EQ(import(2).rows, 1);
}

TEST(Import, TakesPreLabelsOfColumns) {
  ProjectConfig config = config_for("classification");
  config.prediction_column = "guess";
  config.confidence_column = "p";
  config.scores_column = "all";
  TestProject project(
      config, R"({"text":"a","guess":"red","p":0.5,"all":{"green":0.3,"red":0.5,"blue":0.2}})"
              "\n{\"text\":\"b\",\"guess\":\"green\",\"p\":0.99}\n{\"text\":\"c\"}\n");
  const auto first = project->store().suggestion(0);
  ASSERT_TRUE(first);
  EXPECT_THAT(first->scores, ElementsAre(0.5, 0.3, 0.2));
  EXPECT_EQ(project->store().suggestion(2), std::nullopt);
  EXPECT_NEAR(suggestion_uncertainty(config, *first), 0.8, 1e-12);
  // Row 2 is not known at all, row 0 is unsure, row 1 is sure.
  const std::int64_t ann = project.who("Ann");
  std::vector<std::int64_t> rows;
  while (const auto row = project->next(ann)) {
    rows.push_back(*row);
    static_cast<void>(project->answer(*row, ann, Json("red"), 0));
  }
  EXPECT_THAT(rows, ElementsAre(2, 0, 1));
  const TestFolder other;
  const std::string bad = other.write("b.jsonl", R"({"text":"a","guess":"rad","p":0.5})");
  EXPECT_THAT(error_of([&] { static_cast<void>(import_rows(config, other.path(), {bad}, 0)); }),
              HasSubstr("did you mean \"red\"?"));
}

TEST(Gold, TakesTheMajorityOrTheLastWord) {
  ProjectConfig config = config_for("classification");
  TestProject project(config);
  for (const char* const name : {"Ann", "Bob"}) project.say(0, name, "\"red\"");
  project.say(0, "Cid", "\"blue\"");
  project.say(1, "Ann", "\"red\"");
  project.say(1, "Bob", "\"green\"");
  project.say(2, "Ann", "\"green\"");
  std::vector<Json> rows;
  const ExportReport report = export_rows(*project, [&](const Json& row) { rows.push_back(row); });
  EXPECT_EQ(report.rows, 2);
  EXPECT_EQ(report.majority, 1);
  EXPECT_EQ(report.single, 1);
  EXPECT_EQ(report.open, 1);
  EXPECT_EQ(report.unanswered, 1);
  EXPECT_EQ(rows[0]["label"], "red");
  EXPECT_EQ(rows[0]["text"], "one apple");
  EXPECT_NEAR(rows[0]["agreement"].get<double>(), 2.0 / 3, 1e-12);
  EXPECT_EQ(rows[0]["annotations"][2]["annotator"], "Cid");
  EXPECT_EQ(to_text(rows[0]["record"]), R"({"id":7})");
  static_cast<void>(project->adjudicate(1, 1, Json("blue"), 0));
  EXPECT_EQ(gold_of(config, project->states()[1])->value, "blue");
  EXPECT_EQ(gold_of(config, project->states()[1])->agreement, 0);
}

std::optional<Json> most_of(const std::string& task, const std::string& values) {
  const Json json = *parse_json(values, "test");
  const std::vector<Json> list(json.begin(), json.end());
  return task_kind(task).majority(config_for(task), list);
}

TEST(Gold, OfEachTask) {
  EXPECT_EQ(to_text(*most_of("multi_label", R"([["red","blue"],["red"],["green","red"]])")),
            R"(["red"])");
  EXPECT_EQ(most_of("multi_label", R"([["red","blue"],["red"]])"), std::nullopt);
  EXPECT_EQ(to_text(*most_of("spans", R"([[{"begin":1,"end":2,"label":"red"}],
      [{"begin":1,"end":2,"label":"red"},{"begin":3,"end":4,"label":"red"}],
      [{"begin":1,"end":2,"label":"blue"}]])")),
            R"([{"begin":1,"end":2,"label":"red"}])");
  EXPECT_EQ(*most_of("rating", "[1,4,5]"), 4);
  EXPECT_EQ(*most_of("rating", "[4,5]"), 4);
  EXPECT_EQ(most_of("rating", "[2,5]"), std::nullopt);
  EXPECT_EQ(most_of("preference", R"(["a","b"])"), std::nullopt);
}

TEST(Gold, SpansCarryTheirText) {
  TestProject project(config_for("spans"), "{\"text\":\"naïve 🎉 red fox\"}\n");
  EXPECT_EQ(project.say(0, "Ann",
                        R"([{"begin":6,"end":7,"label":"red"},)"
                        R"({"begin":8,"end":15,"label":"blue"}])"),
            "");
  Json row;
  static_cast<void>(export_rows(*project, [&](const Json& one) { row = one; }));
  EXPECT_EQ(row["spans"][0]["text"], "🎉");
  EXPECT_EQ(row["spans"][1]["text"], "red fox");
  EXPECT_EQ(row["output"], R"([{"text":"🎉","label":"red"},{"text":"red fox","label":"blue"}])");
}

TEST(Report, AgreesWithItsParts) {
  TestProject project(config_for("rating"));
  for (int row = 0; row < 4; ++row) {
    project.say(row, "Ann", std::to_string(row + 1));
    project.say(row, "Bob", std::to_string(row == 3 ? 5 : row + 1));
  }
  const Json report = agreement_report(*project);
  EXPECT_EQ(report["rows"], 4);
  EXPECT_EQ(report["pairs"][0]["same"], 3);
  EXPECT_EQ(report["fleiss"]["annotators"], 2);
  // Quadratic kappa of (1,2,3,4) and (1,2,3,5): 1 - (1/4) / (expected 3.5 + 0.0625).
  double expected = 0;
  for (const int a : {1, 2, 3, 4}) {
    for (const int b : {1, 2, 3, 5}) expected += (a - b) * (a - b) / 4.0;
  }
  EXPECT_NEAR(report["pairs"][0]["kappa"].get<double>(), 1 - 1 / expected, 1e-12);
}

}  // namespace
}  // namespace fettle::data
