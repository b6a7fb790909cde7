#include "evaluate/task_prompt.h"

#include <algorithm>

#include "base/error.h"
#include "evaluate/task_shots.h"
#include "metric/unicode.h"

namespace fettle::evaluate {
namespace {

// What stands before a row's question, and how all of it becomes a prompt.
struct Header {
  std::vector<Turn> turns;
  const PromptForm& form;

  [[nodiscard]] std::string with(std::string question) const {
    std::vector<Turn> all = turns;
    all.push_back({"user", std::move(question), ""});
    return prompt_of(all, form);
  }
};

// The row with each of its texts replaced.
Json without_content(const Json& row, const std::string& input) {
  Json out = row;
  for (Json& value : out) {
    if (value.is_string()) value = input;
  }
  return out;
}

std::vector<std::int64_t> gold_of(const Json& target, const std::vector<std::string>& choices) {
  std::vector<std::int64_t> out;
  for (const Json& item : target.is_array() ? target : Json::array({target})) {
    if (item.is_number_integer()) {
      out.push_back(item.get<std::int64_t>());
    } else {
      const auto found = std::ranges::find(choices, shown_value(item));
      out.push_back(found == choices.end() ? -1 : found - choices.begin());
    }
  }
  return out;
}

void ask_choices(const TaskFile& task, const Prompter& prompter, const Json& row,
                 const Header& header, Question& question) {
  // A template ends where the answer begins.
  const std::string delimiter =
      header.form.chat_template == nullptr ? task.target_delimiter : std::string();
  const Json asked = prompter.text_of(row);
  const Json target = prompter.target_of(row);
  question.choices = prompter.choices_of(row);
  question.choice_answers = prompter.answers_of(row);
  if (question.choices.empty()) {
    throw DataError("task {}: row {} has no choices", task.name, question.row);
  }
  if (asked.is_number_integer()) {
    if (!task.content_free.empty()) {
      throw DataError(
          "task {}: choices that stand in the question cannot be calibrated; leave "
          "calibration out",
          task.name);
    }
    question.gold = {asked.get<std::int64_t>()};
    const std::string end = delimiter + shown_value(target);
    for (const std::string& choice : question.choices) {
      question.contexts.push_back(header.with(choice));
      question.continuations.push_back(end);
    }
    return;
  }
  question.gold = gold_of(target, question.choices);
  question.references = {shown_value(target.is_array() && !target.empty() ? target[0] : target)};
  question.contexts = {header.with(shown_value(asked))};
  if (task.kind == TaskKind::kLabels) return;  // a head reads the context alone
  for (const std::string& choice : question.choices) {
    question.continuations.push_back(delimiter + choice);
  }
  for (const std::string& input : task.content_free) {
    const Json empty = without_content(row, input);
    question.free_contexts.push_back(header.with(shown_value(prompter.text_of(empty))));
  }
}

// len(re.split(r"\s+", text)): runs of white space and one, ends included.
std::int64_t words_of(const std::string& counted) {
  std::int64_t words = 1;
  bool space = false;
  for (const std::int32_t point : metric::code_points(counted)) {
    const bool now = metric::is_space(point);
    words += now && !space ? 1 : 0;
    space = now;
  }
  return words;
}

Question ask(const TaskFile& task, const Prompter& prompter, const Json& row, const Header& header,
             std::size_t at) {
  Question question;
  question.row = at;
  if (chooses(task.kind)) {
    ask_choices(task, prompter, row, header, question);
    return question;
  }
  const Json target = prompter.target_of(row);
  const std::vector<std::string> choices = prompter.choices_of(row);
  for (const Json& item : target.is_array() ? target : Json::array({target})) {
    const bool index = item.is_number_integer() && !choices.empty();
    question.references.push_back(index ? prompter.at(choices, item.get<std::int64_t>(), row)
                                        : shown_value(item));
  }
  if (task.kind != TaskKind::kRolling) {
    question.contexts = {header.with(shown_value(prompter.text_of(row)))};
  }
  if (task.kind != TaskKind::kGenerate) question.continuations = {shown_value(target)};
  if (task.kind == TaskKind::kRolling) {
    const std::string counted = prompter.counted_of(row);
    question.words = words_of(counted);
    question.bytes = static_cast<std::int64_t>(counted.size());
  }
  return question;
}

}  // namespace

std::vector<Question> make_questions(const TaskFile& task, const std::vector<Json>& rows,
                                     const std::vector<Json>& shots, const ShotOptions& options,
                                     std::optional<std::int64_t> limit) {
  const Prompter prompter(task);
  const std::size_t count =
      limit ? std::min(rows.size(), static_cast<std::size_t>(*limit)) : rows.size();
  ShotChooser chooser(task, prompter, std::span(rows).first(count), shots, options);
  std::vector<Question> out;
  for (std::size_t i = 0; i < count; ++i) {
    Header header{{}, options.form};
    const std::string system =
        system_text(options.form, prompter.description_of(rows[i]), task.fewshot_delimiter);
    if (!system.empty()) header.turns.push_back({"system", system, ""});
    for (const Json* shot : chooser.choose(i)) {
      for (Turn& turn : prompter.shot(*shot)) header.turns.push_back(std::move(turn));
    }
    out.push_back(ask(task, prompter, rows[i], header, i));
  }
  return out;
}

}  // namespace fettle::evaluate
