// project.yaml of an annotation project: what is asked of each row, who answers, which row is next.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"

namespace fettle::data {

struct ProjectConfig {
  std::string task;
  std::string title;
  std::string instruction;
  std::string guidelines = "guidelines.md";
  std::vector<std::string> labels;
  std::string no_label = "none";
  std::int64_t scale_min = 1;
  std::int64_t scale_max = 5;
  std::vector<std::string> scale_words;
  bool allow_ties = true;

  std::string text_column;
  std::string prompt_column;
  std::string a_column;
  std::string b_column;
  std::vector<std::string> show_columns;
  std::string prediction_column;
  std::string confidence_column;
  std::string scores_column;

  std::int64_t annotators_per_row = 1;
  double overlap = 1;
  std::string uncertainty = "margin";
  double uncertainty_weight = 0.5;
  std::int64_t seed = 0;

  template <class Visitor>
  void fields(Visitor& v) {
    task_fields(v);
    column_fields(v);
    queue_fields(v);
  }

 private:
  template <class Visitor>
  void task_fields(Visitor& v) {
    v("task", task,
      {.choices = {"classification", "multi_label", "spans", "preference", "writing", "rating"},
       .help = "what is asked of each row",
       .required = true});
    v("title", title, {.help = "name of the project on the page; empty: its folder's"});
    v("instruction", instruction,
      {.help = "the question put to the annotator, and the instruction of exported rows"});
    v("guidelines", guidelines,
      {.help = "Markdown file in the project's folder, shown on the page where it exists"});
    v("labels", labels, {.help = "names of the labels, in the order of their keys"});
    v("no_label", no_label, {.help = "what an exported multi_label row without a label says"});
    v("scale_min", scale_min, {.min = -100, .max = 100, .help = "lowest rating"});
    v("scale_max", scale_max, {.min = -100, .max = 100, .help = "highest rating"});
    v("scale_words", scale_words, {.help = "a word for each rating, lowest first; may be empty"});
    v("allow_ties", allow_ties, {.help = "preference pairs may be called equal"});
  }

  template <class Visitor>
  void column_fields(Visitor& v) {
    v("text_column", text_column,
      {.help = "key of the text; looked for: text, sentence, messages, conversations, prompt, "
               "instruction"});
    v("prompt_column", prompt_column,
      {.help = "key of a preference pair's question; looked for: prompt, instruction, question"});
    v("a_column", a_column,
      {.help = "key of the first answer; looked for: response_a, answer_a, a, chosen"});
    v("b_column", b_column,
      {.help = "key of the second answer; looked for: response_b, answer_b, b, rejected"});
    v("show_columns", show_columns, {.help = "further keys that the page shows beside the text"});
    v("prediction_column", prediction_column, {.help = "key of a pre-label; empty: none"});
    v("confidence_column", confidence_column,
      {.help = "key of the pre-label's probability, 0 to 1"});
    v("scores_column", scores_column,
      {.help = "key of the probabilities of all choices: an object, or a list in the order of the "
               "labels"});
  }

  template <class Visitor>
  void queue_fields(Visitor& v) {
    v("annotators_per_row", annotators_per_row,
      {.min = 1, .max = 100, .help = "annotators that each row of the overlap is given to"});
    v("overlap", overlap,
      {.min = 0,
       .max = 1,
       .help = "share of the rows given to annotators_per_row annotators; the others to one"});
    v("uncertainty", uncertainty,
      {.choices = {"least_confidence", "margin", "entropy"},
       .help = "how uncertainty is read from the probabilities of a pre-label"});
    v("uncertainty_weight", uncertainty_weight,
      {.min = 0,
       .max = 1,
       .help = "weight of uncertainty against variety when the next row is chosen"});
    v("seed", seed, {.min = 0, .help = "seed of the order of equals and of the sides of pairs"});
  }
};

}  // namespace fettle::data
