// A task's keys over one row: constants, columns and templates, with the conversions that
// lm-evaluation-harness makes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluate/task_chat.h"
#include "evaluate/task_file.h"
#include "tokenize/text_template.h"

namespace fettle::evaluate {

// A key of the task: a constant, the name of a column, or a template over the row.
class Field {
 public:
  Field() = default;
  // Throws DataError for a template that does not parse. where: "task sst2: doc_to_text".
  Field(const Json& value, std::string where);
  [[nodiscard]] bool given() const { return !value_.is_null(); }
  // A column's own value, a constant, or the rendered text. Throws DataError when it cannot be
  // rendered.
  [[nodiscard]] Json of(const Json& row) const;
  // The same where a list is meant: rendered text is read as Python writes lists.
  [[nodiscard]] std::vector<std::string> list_of(const Json& row) const;
  [[nodiscard]] bool is_template_of(const Json& row) const;
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  Json value_ = nullptr;
  std::string where_;
  std::optional<tokenize::TextTemplate> template_;
};

// A value as Python's str() shows it: texts as they are, True, None, 3.
[[nodiscard]] std::string shown_value(const Json& value);

class Prompter {
 public:
  // task must outlive it. Throws DataError for a template that does not parse.
  explicit Prompter(const TaskFile& task);

  // Each throws DataError for a row that does not fit.
  // A text, or with choices an index: the choices are then the contexts (but a head's are none).
  [[nodiscard]] Json text_of(const Json& row) const;
  [[nodiscard]] Json target_of(const Json& row) const;
  [[nodiscard]] std::vector<std::string> choices_of(const Json& row) const;
  [[nodiscard]] std::vector<std::string> answers_of(const Json& row) const;
  // The text whose words and bytes count.
  [[nodiscard]] std::string counted_of(const Json& row) const;
  [[nodiscard]] std::string description_of(const Json& row) const;
  // What the row asks, as one text: what rows are compared by.
  [[nodiscard]] std::string asked_by(const Json& row) const;
  // The right answer as one text: the row's class.
  [[nodiscard]] std::string answer_of(const Json& row) const;
  // A solved row, as it stands before the question.
  [[nodiscard]] std::vector<Turn> shot(const Json& row) const;

  [[nodiscard]] std::string at(const std::vector<std::string>& choices, std::int64_t index,
                               const Json& row) const;

 private:
  [[nodiscard]] Json as_index(const Field& field, const Json& row) const;
  [[nodiscard]] std::string right_text(const Json& target, const std::vector<std::string>& choices,
                                       const Json& row) const;

  const TaskFile& task_;
  Field text_;
  Field target_;
  Field choices_;
  Field answers_;
  Field counted_;
  Field description_;
};

}  // namespace fettle::evaluate
