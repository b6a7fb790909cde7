// A row as the user gave it, in one of the forms that fettle trains on. Knows text, not tokens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace fettle::data {

// Where a row came from, for messages: file and 1-based line (or row number in a JSON array).
struct Origin {
  std::string file;
  std::int64_t line = 0;

  [[nodiscard]] std::string text() const { return file + ":" + std::to_string(line); }
};

enum class RowForm {
  kChat,        // messages (and tools): goes through the chat template
  kCompletion,  // prompt and completion as plain text: no template
  kText,        // text: every token is scored
};

struct Row {
  RowForm form = RowForm::kChat;
  Json messages = Json::array();  // kChat: {role, content, ...} in order
  Json tools = nullptr;           // kChat: array of functions, or null
  std::string prompt;             // kCompletion
  std::string completion;         // kCompletion
  std::string text;               // kText
  // Classification rows are chat rows whose last message is the label; empty otherwise.
  std::string label;
  double weight = 1;  // of the row's scored tokens in the loss, above 0
  Origin origin;
};

struct Dataset {
  std::string name;
  std::vector<Row> rows;
  // All labels of a classification set, in the order that the source or the recipe states.
  std::vector<std::string> labels;
};

}  // namespace fettle::data
