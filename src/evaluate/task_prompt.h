// From a task's rows to what the model is asked: prompts with their shots, choices, right answers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluate/python_random.h"
#include "evaluate/task_file.h"
#include "tokenize/text_template.h"

namespace fettle::evaluate {

struct Question {
  std::size_t row = 0;
  // kChoices: one context, or one a choice (as WinoGrande's); else one. kRolling: none.
  std::vector<std::string> contexts;
  // kChoices: delimiter and choice; kLikelihood: the target; kRolling: the text.
  std::vector<std::string> continuations;
  std::vector<std::string> choices;
  std::vector<std::string> choice_answers;  // of choice_answers, beside choices; may be empty
  std::vector<std::int64_t> gold;           // kChoices: right choices, mostly one
  std::vector<std::string> references;      // the right texts, or the right number
  std::int64_t words = 0;                   // kRolling: of the text that figures are counted by
  std::int64_t bytes = 0;
};

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

struct ShotOptions {
  std::int64_t count = 0;
  std::uint32_t seed = 1234;
};

// The questions of the first `limit` rows (all of them: nothing). Shots are drawn as
// lm-evaluation-harness draws them: one generator for the task, which goes on from row to row, the
// row itself left out where shots come from the judged split. Throws DataError for a row that does
// not fit the task's templates and for too few rows to draw from.
[[nodiscard]] std::vector<Question> make_questions(const TaskFile& task,
                                                   const std::vector<Json>& rows,
                                                   const std::vector<Json>& shots,
                                                   const ShotOptions& options,
                                                   std::optional<std::int64_t> limit);

}  // namespace fettle::evaluate
