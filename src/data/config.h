// What a recipe's `data` section says: where rows come from, how they are read and split. Length,
// truncation and packing are the batch room's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"

namespace fettle::data {

struct DataConfig {
  std::vector<std::string> dataset;
  std::vector<std::string> eval_dataset;
  std::string dataset_format = "auto";
  std::string row_form = "auto";
  std::string text_rows = "file";
  std::vector<std::string> column_names;

  // Keys of a row; empty: the usual names are looked for.
  std::string messages_column;
  std::string tools_column;
  std::string prompt_column;
  std::string completion_column;
  std::string instruction_column;
  std::string input_column;
  std::string output_column;
  std::string system_column;
  std::string text_column;
  std::string label_column;

  std::string system;
  std::string instruction;
  std::vector<std::string> labels;
  std::vector<std::string> class_weights;
  std::string weight_column;

  double val_size = 0;
  std::int64_t max_bad_rows = 0;
  std::int64_t max_train_rows = 0;
  std::int64_t max_eval_rows = 0;

  std::string wordnet_folder;
  std::vector<std::string> wordnet_categories = {"artifact", "person",        "plant",     "animal",
                                                 "act",      "communication", "body",      "food",
                                                 "location", "substance",     "attribute", "state"};
  std::int64_t wordnet_train_rows_per_class = 200;
  std::int64_t wordnet_eval_rows_per_class = 50;

  template <class Visitor>
  void fields(Visitor& v) {
    source_fields(v);
    column_fields(v);
    content_fields(v);
    wordnet_fields(v);
  }

 private:
  template <class Visitor>
  void source_fields(Visitor& v) {
    v("dataset", dataset,
      {.help = "files of training rows (.jsonl, .json, .csv, .tsv, .txt, each also .gz), folders "
               "that `fettle prepare` wrote, or `wordnet`",
       .aliases = {"datasets", "train_file", "training_file", "train_dataset"},
       .required = true});
    v("eval_dataset", eval_dataset,
      {.help = "files of rows for evaluation; empty: see val_size",
       .aliases = {"validation_file", "val_dataset", "test_datasets", "valid_dataset"}});
    v("dataset_format", dataset_format,
      {.choices = {"auto", "jsonl", "json", "csv", "tsv", "text", "wordnet"},
       .help = "how files are written; auto: by their name",
       .aliases = {"ds_type"},
       .spellings = {{"txt", "text"}, {"ndjson", "jsonl"}, {"json_lines", "jsonl"}}});
    v("row_form", row_form,
      {.choices = {"auto", "chat", "prompt_completion", "instruction", "text", "classification"},
       .help = "what a row holds; auto: by its keys",
       .aliases = {"formatting", "dataset_type"},
       .spellings = {{"alpaca", "instruction"},
                     {"sharegpt", "chat"},
                     {"openai", "chat"},
                     {"messages", "chat"},
                     {"conversational", "chat"},
                     {"chat_template", "chat"}}});
    v("text_rows", text_rows,
      {.choices = {"file", "line", "paragraph"},
       .help = "one row of a plain text file is the file, a line, or the lines between blank ones",
       .aliases = {"sample_by"}});
    v("column_names", column_names,
      {.help = "names of a CSV or TSV file's columns, when its first line is no header"});
    v("max_bad_rows", max_bad_rows,
      {.min = 0, .help = "malformed rows that are left out before the run is stopped"});
  }

  template <class Visitor>
  void column_fields(Visitor& v) {
    v("messages_column", messages_column,
      {.help = "key of a chat's messages; looked for: messages, conversations",
       .aliases = {"field_messages", "conversation_column"}});
    v("tools_column", tools_column,
      {.help = "key of a chat's tools; looked for: tools", .aliases = {"field_tools"}});
    v("prompt_column", prompt_column, {.help = "key of the prompt; looked for: prompt"});
    v("completion_column", completion_column,
      {.help = "key of the completion; looked for: completion", .aliases = {"response_column"}});
    v("instruction_column", instruction_column,
      {.help = "key of the instruction; looked for: instruction",
       .aliases = {"field_instruction"}});
    v("input_column", input_column,
      {.help = "key of the instruction's input; looked for: input",
       .aliases = {"field_input", "query_column"}});
    v("output_column", output_column,
      {.help = "key of the answer; looked for: output", .aliases = {"field_output"}});
    v("system_column", system_column,
      {.help = "key of the system message; looked for: system", .aliases = {"field_system"}});
    v("text_column", text_column,
      {.help = "key of the text; looked for: text, sentence",
       .aliases = {"dataset_text_field", "field"}});
    v("label_column", label_column, {.help = "key of the label; looked for: label, category"});
    v("weight_column", weight_column,
      {.help = "key of a row's weight in the loss (a number above 0), such as `fettle prepare` "
               "notes it; empty: every row weighs 1"});
  }

  template <class Visitor>
  void content_fields(Visitor& v) {
    v("system", system,
      {.help = "system message of chats that have none of their own",
       .aliases = {"default_system", "system_prompt", "new_system_prompt"}});
    v("instruction", instruction,
      {.help = "text before each classification row: the user says it, a blank line, the row"});
    v("labels", labels,
      {.help = "names of the classes in order; empty: in order of first appearance",
       .aliases = {"class_names", "label_names"}});
    v("class_weights", class_weights,
      {.help =
           "what a class's training rows weigh in the loss: auto (rows / (classes * rows of the "
           "class)), or label: weight for some (the others: 1); the loss is divided by the "
           "weights' sum",
       .aliases = {"class_weight"},
       .spellings = {{"balanced", "auto"}},
       .entries = true});
    v("val_size", val_size,
      {.min = 0,
       .help = "training rows held out for evaluation when there is no eval_dataset: a count "
               "from 1, or a share below 1",
       .aliases = {"val_set_size", "split_dataset_ratio", "val_split_fraction"}});
    v("max_train_rows", max_train_rows,
      {.min = 0,
       .help = "training rows drawn at most; 0: all",
       .aliases = {"max_samples", "max_train_samples"}});
    v("max_eval_rows", max_eval_rows,
      {.min = 0, .help = "evaluation rows drawn at most; 0: all", .aliases = {"max_eval_samples"}});
  }

  template <class Visitor>
  void wordnet_fields(Visitor& v) {
    v("wordnet_folder", wordnet_folder,
      {.help = "folder of data.noun; empty: where the system's packages put it"});
    v("wordnet_categories", wordnet_categories,
      {.help = "noun files of WordNet that are the classes: animal, artifact, person, ..."});
    v("wordnet_train_rows_per_class", wordnet_train_rows_per_class,
      {.min = 0, .help = "training rows of each category"});
    v("wordnet_eval_rows_per_class", wordnet_eval_rows_per_class,
      {.min = 0, .help = "evaluation rows of each category, when there is no eval_dataset"});
  }
};

}  // namespace fettle::data
