#include "evaluate/prompter.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "evaluate/python_literal.h"

namespace fettle::evaluate {
namespace {

bool is_digits(const std::string& value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
}

std::string where(const TaskFile& task, std::string_view key) {
  return text("task {}: {}", task.name, key);
}

}  // namespace

Prompter::Prompter(const TaskFile& task)
    : task_(task),
      text_(task.doc_to_text, where(task, "doc_to_text")),
      target_(task.doc_to_target, where(task, "doc_to_target")),
      choices_(task.doc_to_choice, where(task, "doc_to_choice")),
      answers_(task.choice_answers, where(task, "choice_answers")),
      counted_(task.counted_text, where(task, "counted_text")),
      description_(task.description, where(task, "description")) {}

Json Prompter::text_of(const Json& row) const {
  return task_.kind == TaskKind::kLabels ? Json(shown_value(text_.of(row))) : as_index(text_, row);
}

Json Prompter::target_of(const Json& row) const {
  Json value = as_index(target_, row);
  if (value.is_boolean() && choices_.given()) return Json(value.get<bool>() ? 1 : 0);
  if (value.is_string() && target_.is_template_of(row)) {
    const auto& shown = value.get_ref<const std::string&>();
    if (shown.size() >= 2 && shown.front() == '[' && shown.back() == ']') {
      if (Result<Json> list = parse_literal(shown, "")) return std::move(*list);
    }
  }
  return value;
}

std::vector<std::string> Prompter::choices_of(const Json& row) const {
  return choices_.given() ? choices_.list_of(row) : std::vector<std::string>();
}

std::vector<std::string> Prompter::answers_of(const Json& row) const {
  return answers_.given() ? answers_.list_of(row) : std::vector<std::string>();
}

std::string Prompter::counted_of(const Json& row) const {
  return shown_value(counted_.given() ? counted_.of(row) : target_of(row));
}

std::string Prompter::description_of(const Json& row) const {
  return task_.description.empty() ? "" : shown_value(description_.of(row));
}

std::string Prompter::asked_by(const Json& row) const {
  const Json question = text_of(row);
  return question.is_number_integer() && choices_.given() ? join(choices_of(row), " ")
                                                          : shown_value(question);
}

std::string Prompter::answer_of(const Json& row) const {
  const bool multiple_input = text_of(row).is_number_integer();
  return right_text(target_of(row), multiple_input ? std::vector<std::string>() : choices_of(row),
                    row);
}

std::vector<Turn> Prompter::shot(const Json& row) const {
  const std::vector<std::string> choices = choices_of(row);
  const Json question = text_of(row);
  const Json target = target_of(row);
  const bool multiple_input = question.is_number_integer() && !choices.empty();
  std::string asked =
      multiple_input ? at(choices, question.get<std::int64_t>(), row) : shown_value(question);
  std::string answer =
      right_text(target, multiple_input ? std::vector<std::string>() : choices, row);
  if (answer.empty()) return {{"user", std::move(asked), ""}};
  return {{"user", std::move(asked), task_.target_delimiter},
          {"assistant", std::move(answer), task_.fewshot_delimiter}};
}

std::string Prompter::at(const std::vector<std::string>& choices, std::int64_t index,
                         const Json& row) const {
  if (index < 0 || index >= static_cast<std::int64_t>(choices.size())) {
    throw DataError("{}: the row {} answers with choice {} of {}", where(task_, "doc_to_target"),
                    to_text(row).substr(0, 120), index, choices.size());
  }
  return choices[static_cast<std::size_t>(index)];
}

Json Prompter::as_index(const Field& field, const Json& row) const {
  Json value = field.of(row);
  if (value.is_string() && choices_.given() && is_digits(value.get<std::string>())) {
    // From a table without types (CSV) a label is a text of digits, too.
    std::int64_t index = 0;
    const auto& digits = value.get_ref<const std::string&>();
    std::from_chars(digits.data(), digits.data() + digits.size(), index);
    return Json(index);
  }
  return value;
}

std::string Prompter::right_text(const Json& target, const std::vector<std::string>& choices,
                                 const Json& row) const {
  if (target.is_number_integer() && !choices.empty()) {
    return at(choices, target.get<std::int64_t>(), row);
  }
  if (!target.is_array()) return shown_value(target);
  if (target.empty()) return "";
  const Json& first = target.front();
  if (first.is_number_integer() && !choices.empty()) {
    return at(choices, first.get<std::int64_t>(), row);
  }
  return shown_value(first);
}

}  // namespace fettle::evaluate
