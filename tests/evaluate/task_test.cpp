// Task files, shots and prompts without a model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "evaluate/official.h"
#include "evaluate/python_literal.h"
#include "evaluate/python_random.h"
#include "evaluate/task_labels.h"
#include "evaluate/task_prompt.h"
#include "evaluate/task_result.h"
#include "evaluate/word_search.h"

namespace fettle::evaluate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Json sst2() {
  return {{"task", "t"},
          {"dataset_path", "json"},
          {"output_type", "multiple_choice"},
          {"training_split", "train"},
          {"validation_split", "validation"},
          {"doc_to_text", "{{sentence}}\nAnswer:"},
          {"doc_to_target", "label"},
          {"doc_to_choice", Json::array({"bad", "good"})},
          {"metric_list", Json::array({{{"metric", "acc"}}})}};
}

template <class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// Values of CPython 3.11's random.Random.
TEST(PythonRandom, GivesCPythonsSamples) {
  EXPECT_THAT(PythonRandom(1234).sample(100, 6), ElementsAre(99, 56, 14, 0, 11, 74));
  EXPECT_THAT(PythonRandom(1234).sample(1000, 6), ElementsAre(989, 796, 451, 119, 7, 92));
  EXPECT_EQ(PythonRandom(0).bits(), 3626764237U);
  EXPECT_EQ(PythonRandom(1234).bits(), 4150886329U);
  EXPECT_THROW((void)PythonRandom(1).sample(2, 3), InternalError);
}

TEST(PythonLiteral, ReadsListsAsPythonPrintsThem) {
  const auto read = [](std::string_view source) {
    return to_text(parse_literal(source, "").value());
  };
  EXPECT_EQ(read("['a', \"it's\", 1, 2.5, True, None]"), R"(["a","it's",1,2.5,true,null])");
  EXPECT_EQ(read(R"(['a\n\'b\'', '''c 'd' ''' "e"])"), R"(["a\n'b'","c 'd' e"])");
  EXPECT_EQ(read("[0, 2, ]"), "[0,2]");
  EXPECT_EQ(read("('\\u00e9', ['x'])"), R"(["é",["x"]])");
  for (const char* bad : {"", "[", "['a'", "[1 2]", "['a'] x", "open()", "[,]"}) {
    EXPECT_FALSE(parse_literal(bad, "")) << bad;
  }
  EXPECT_FALSE(parse_literal(std::string(5000, '['), ""));
}

TEST(TaskFile, NamesWhatIsWrong) {
  Json json = sst2();
  json["output_type"] = "guess";
  EXPECT_THAT(error_of([&] { (void)read_task(json, "f.yaml"); }),
              HasSubstr("f.yaml: output_type is \"guess\"; it must be one of multiple_choice, "
                        "classification_head"));
  json = sst2();
  json["doc_to_txt"] = "x";
  EXPECT_THAT(error_of([&] { (void)read_task(json, "f.yaml"); }),
              HasSubstr("did you mean \"doc_to_text\""));
  json = sst2();
  json.erase("metric_list");
  EXPECT_THAT(error_of([&] { (void)read_task(json, "f.yaml"); }), HasSubstr("metric_list"));
}

TEST(Questions, BuildPromptsAsTheHarnessDoes) {
  Json json = sst2();
  json["description"] = "Judge.\n\n";
  const TaskFile task = read_task(json, "t");
  const std::vector<Json> rows = {{{"sentence", "nice"}, {"label", 1}}};
  const std::vector<Json> shots = {{{"sentence", "awful"}, {"label", 0}},
                                   {{"sentence", "great"}, {"label", 1}}};
  const auto zero = make_questions(task, rows, {}, {0, 1234}, std::nullopt);
  EXPECT_THAT(zero.at(0).contexts, ElementsAre("Judge.\n\nnice\nAnswer:"));
  EXPECT_THAT(zero.at(0).continuations, ElementsAre(" bad", " good"));
  EXPECT_THAT(zero.at(0).gold, ElementsAre(1));
  const auto one = make_questions(task, rows, shots, {1, 1234}, std::nullopt);
  EXPECT_THAT(one.at(0).contexts.at(0),
              testing::AnyOf("Judge.\n\nawful\nAnswer: bad\n\nnice\nAnswer:",
                             "Judge.\n\ngreat\nAnswer: good\n\nnice\nAnswer:"));
  EXPECT_THAT(error_of([&] {
                (void)make_questions(task, rows, shots, {5, 1}, std::nullopt);
              }),
              HasSubstr("5 shots are asked for"));
}

TEST(Questions, RefuseARowThatLacksAColumn) {
  const TaskFile task = read_task(sst2(), "t");
  const std::vector<Json> rows = {{{"text", "nice"}, {"label", 1}}};
  EXPECT_THAT(error_of([&] { (void)make_questions(task, rows, {}, {}, std::nullopt); }),
              HasSubstr("'sentence' is undefined"));
}

Json of_a_head() {
  Json json = sst2();
  json["output_type"] = "classification_head";
  return json;
}

TEST(Heads, ReadTheContextAloneAndKeepDigitsAsText) {
  const TaskFile task = read_task(of_a_head(), "t");
  Json json = of_a_head();
  json["doc_to_text"] = "sentence";
  const std::vector<Json> rows = {{{"sentence", "007"}, {"label", 1}}};
  const auto asked = make_questions(read_task(json, "t"), rows, {}, {}, std::nullopt);
  EXPECT_THAT(asked.at(0).contexts, ElementsAre("007"));
  EXPECT_TRUE(asked.at(0).continuations.empty());
  EXPECT_THAT(asked.at(0).choices, ElementsAre("bad", "good"));
  EXPECT_THAT(asked.at(0).gold, ElementsAre(1));
  TaskRow row;
  row.question = asked.at(0);
  row.said.log_likelihoods = {-2, -0.1};
  row.hash = "h";
  EXPECT_TRUE(is_whole(task, row));
  EXPECT_FALSE(is_whole(read_task(sst2(), "t"), row));
  const auto again = row_of(row_json(task, row));
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(is_whole(task, *again));
  EXPECT_EQ(prepare_rows(task, task.metrics[0], task.filters[0], {*again}).figure(), 1);
}

TEST(Heads, NameLabelsByNameOrByIndex) {
  const TaskFile task = read_task(of_a_head(), "t");
  using Labels = std::vector<std::string>;
  EXPECT_THAT(rows_of_choices(task, Labels{"bad", "good"}, "m"), ElementsAre(0, 1));
  EXPECT_THAT(rows_of_choices(task, Labels{"good", "bad"}, "m"), ElementsAre(1, 0));
  EXPECT_THAT(rows_of_choices(task, Labels{"LABEL_0", "LABEL_1"}, "m"), ElementsAre(0, 1));
  Json json = of_a_head();
  json["doc_to_choice"] = {"LABEL_1", "LABEL_0"};
  EXPECT_THAT(rows_of_choices(read_task(json, "t"), Labels{"LABEL_0", "LABEL_1"}, "m"),
              ElementsAre(1, 0));
  const auto refused = [&](const Labels& labels) {
    return error_of([&] { (void)rows_of_choices(task, labels, "m"); });
  };
  EXPECT_THAT(refused({"bad", "Good"}),
              HasSubstr("m: the classification head's 2 labels are bad, Good, and doc_to_choice of "
                        "task t gives 2: bad, good; allowed are"));
  EXPECT_THAT(refused({"LABEL_0", "LABEL_1", "LABEL_2"}), HasSubstr("3 labels are"));
  EXPECT_THAT(refused({"LABEL_1", "LABEL_0"}), HasSubstr("2 labels are"));
  EXPECT_THAT(refused({}), HasSubstr("m: has no classification head, which task t asks"));
  const std::vector<TaskFile> both = {task, read_task(sst2(), "t")};
  EXPECT_THAT(error_of([&] {
                check_heads(both, Labels{"bad", "good"}, "m");
              }),
              HasSubstr("m: has a classification head and writes no text, and task t is of "
                        "output_type multiple_choice"));
}

TEST(Heads, NeedAListOfClassesAndNoLengths) {
  Json json = of_a_head();
  json["doc_to_choice"] = "{{choices}}";
  EXPECT_THAT(error_of([&] { (void)read_task(json, "f.yaml"); }),
              HasSubstr("f.yaml: doc_to_choice is \"{{choices}}\"; it must be the list"));
  json = of_a_head();
  json["metric_list"][0]["metric"] = "acc_norm";
  EXPECT_THAT(error_of([&] { (void)read_task(json, "f.yaml"); }),
              HasSubstr("metric_list is \"acc_norm\"; it must be another metric"));
  json = of_a_head();
  json["calibration"] = true;
  EXPECT_THAT(error_of([&] { (void)read_task(json, "f.yaml"); }),
              HasSubstr("calibration needs choices; the task is classification_head"));
}

TEST(Filters, FollowTheHarness) {
  const TaskFilter last{"f",
                        {{{"function", "regex"},
                          {"group_select", -1},
                          {"regex_pattern", "(-?[$0-9.,]{2,})|(-?[0-9]+)"}},
                         {{"function", "take_first"}}}};
  EXPECT_THAT(filtered(last, {"so 3 and 14 apples", "x"}), ElementsAre("14"));
  EXPECT_THAT(filtered(last, {"none"}), ElementsAre("[invalid]"));
  EXPECT_THAT(filtered({"m", {{{"function", "majority_vote"}}}}, {"a", "b", "b"}),
              ElementsAre("b"));
  EXPECT_THAT(error_of([] {
                (void)filtered({"m", {{{"function", "regx"}}}}, {});
              }),
              HasSubstr("did you mean \"regex\""));
}

TaskResult result_of(const std::string& task, const std::string& metric, double value) {
  TaskResult out;
  out.task = task;
  TaskFigure figure;
  figure.metric = metric;
  figure.filter = "none";
  figure.value = value;
  out.figures = {figure};
  return out;
}

TEST(Official, AveragesAndNamesWhatIsMissing) {
  EXPECT_TRUE(official_averages({result_of("piqa", "acc", 1)}).empty());
  const auto averages =
      official_averages({result_of("sst2", "acc", 0.9), result_of("cola", "mcc", 0.5)});
  ASSERT_EQ(averages.size(), 1U);
  EXPECT_EQ(averages[0].name, "glue");
  EXPECT_NEAR(averages[0].value, 70, 1e-9);
  EXPECT_EQ(averages[0].missing.size(), 7U);
}

// Checked with rank_bm25 0.2.2's BM25Okapi.
TEST(WordSearch, ScoresAsRankBm25) {
  const WordSearch search(
      {"Hello there, good man!", "It is quite windy in London", "How is the weather today?"});
  const std::vector<double> scores = search.scores("windy London");
  ASSERT_EQ(scores.size(), 3U);
  EXPECT_NEAR(scores[0], 0, 1e-12);
  EXPECT_NEAR(scores[1], 0.93729472, 1e-8);
  EXPECT_NEAR(scores[2], 0, 1e-12);
  EXPECT_THAT(words_in("Don't stop_it: Été 3.5"),
              ElementsAre("don", "t", "stop_it", "été", "3", "5"));
  EXPECT_TRUE(WordSearch({}).scores("a").empty());
}

TEST(Turns, AreJoinedAsTheHarnessJoinsThem) {
  PromptForm form;
  form.system = "Be brief.";
  EXPECT_EQ(system_text(form, "Judge.", "\n\n"), "Be brief.\n\nJudge.");
  EXPECT_EQ(system_text(form, " Judge.", "\n\n"), "Be brief. Judge.");
  EXPECT_EQ(system_text(form, "", "\n\n"), "Be brief.");
  EXPECT_EQ(prompt_of({{"user", "a", " "}, {"assistant", "b", "\n"}, {"user", "c", ""}}, form),
            "a b\nc");
  auto written = tokenize::ChatTemplate::parse(
      "{% for m in messages %}[{{m.role}}:{{m.content}}]{% endfor %}>", "t");
  form.chat_template = &*written;
  const std::vector<Turn> turns = {
      {"system", "s", ""}, {"user", "a", " "}, {"assistant", "b", "\n"}, {"user", "c", ""}};
  EXPECT_EQ(prompt_of(turns, form), "[system:s][user:a b\nc]>");
  form.multiturn = true;
  EXPECT_EQ(prompt_of(turns, form), "[system:s][user:a][assistant:b][user:c]>");
}

TEST(Calibration, AddsAMetricToEach) {
  Json json = sst2();
  json["calibration"] = true;
  TaskFile task = read_task(json, "t");
  ASSERT_EQ(task.metrics.size(), 2U);
  EXPECT_EQ(task.metrics[1].name, "calibrated_acc");
  EXPECT_THAT(task.content_free, ElementsAre("N/A", "", "[MASK]"));
  calibrate(task, {"x"});
  EXPECT_EQ(task.metrics.size(), 2U);
  TaskRow row;
  row.question.choices = {"bad", "good"};
  row.question.gold = {1};
  row.said.log_likelihoods = {-1, -2};
  EXPECT_THAT(error_of([&] { (void)prepare_rows(task, task.metrics[1], task.filters[0], {row}); }),
              HasSubstr("asked without calibration"));
  row.said.content_free = {-0.1, -2.3};
  EXPECT_EQ(prepare_rows(task, task.metrics[0], task.filters[0], {row}).figure(), 0);
  EXPECT_EQ(prepare_rows(task, task.metrics[1], task.filters[0], {row}).figure(), 1);
  json["output_type"] = "generate_until";
  EXPECT_THAT(error_of([&] { (void)read_task(json, "t"); }),
              HasSubstr("calibration needs choices"));
}

}  // namespace
}  // namespace fettle::evaluate
