// From a task's rows to what the model is asked: prompts with their shots, choices, right answers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/task_chat.h"
#include "evaluate/task_file.h"

namespace fettle::evaluate {

struct Question {
  std::size_t row = 0;
  // kChoices: one context, or one a choice (as WinoGrande's); else one. kRolling: none.
  std::vector<std::string> contexts;
  // kChoices: delimiter and choice; kLikelihood: the target; kRolling: the text; else none.
  std::vector<std::string> continuations;
  // kChoices with calibration: the context with inputs that have no content in the row's place.
  std::vector<std::string> free_contexts;
  std::vector<std::string> choices;
  std::vector<std::string> choice_answers;  // of choice_answers, beside choices; may be empty
  std::vector<std::int64_t> gold;           // where choices are: the right ones, mostly one
  std::vector<std::string> references;      // the right texts, or the right number
  std::int64_t words = 0;                   // kRolling: of the text that figures are counted by
  std::int64_t bytes = 0;
};

// The model's own view of texts: a vector each, for shots that are chosen by it.
using TextStates = std::function<std::vector<std::vector<float>>(const std::vector<std::string>&)>;

struct ShotOptions {
  std::int64_t count = 0;
  std::uint32_t seed = 1234;
  PromptForm form = {};
  TextStates states = {};  // needed for ShotRule::kStates alone
};

// The questions of the first `limit` rows (all of them: nothing), each with its shots
// (task_shots.h). Throws DataError for a row that does not fit the task's templates and for too few
// rows to draw from.
[[nodiscard]] std::vector<Question> make_questions(const TaskFile& task,
                                                   const std::vector<Json>& rows,
                                                   const std::vector<Json>& shots,
                                                   const ShotOptions& options,
                                                   std::optional<std::int64_t> limit);

}  // namespace fettle::evaluate
