#include "evaluate/task_prompt.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "evaluate/python_literal.h"
#include "metric/unicode.h"

namespace fettle::evaluate {
namespace {

bool is_digits(const std::string& value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
}

// One task's keys over one row, with the conversions that lm-evaluation-harness makes.
class Prompter {
 public:
  explicit Prompter(const TaskFile& task)
      : task_(task),
        text_(task.doc_to_text, where("doc_to_text")),
        target_(task.doc_to_target, where("doc_to_target")),
        choices_(task.doc_to_choice, where("doc_to_choice")),
        answers_(task.choice_answers, where("choice_answers")),
        counted_(task.counted_text, where("counted_text")),
        description_(task.description, where("description")) {}

  // A text, or with choices an index: the choices are then the contexts.
  [[nodiscard]] Json text_of(const Json& row) const { return as_index(text_, row); }
  [[nodiscard]] Json target_of(const Json& row) const {
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
  [[nodiscard]] std::vector<std::string> choices_of(const Json& row) const {
    return choices_.given() ? choices_.list_of(row) : std::vector<std::string>();
  }
  [[nodiscard]] std::vector<std::string> answers_of(const Json& row) const {
    return answers_.given() ? answers_.list_of(row) : std::vector<std::string>();
  }
  // The text whose words and bytes count.
  [[nodiscard]] std::string counted_of(const Json& row) const {
    return shown_value(counted_.given() ? counted_.of(row) : target_of(row));
  }
  [[nodiscard]] std::string description_of(const Json& row) const {
    return task_.description.empty() ? "" : shown_value(description_.of(row));
  }

  // A solved row, as it stands before the question.
  [[nodiscard]] std::string shot(const Json& row) const {
    const std::vector<std::string> choices = choices_of(row);
    const Json question = text_of(row);
    const Json target = target_of(row);
    const bool multiple_input = question.is_number_integer() && !choices.empty();
    std::string out =
        multiple_input ? at(choices, question.get<std::int64_t>(), row) : shown_value(question);
    const std::string answer =
        answer_of(target, multiple_input ? std::vector<std::string>() : choices, row);
    if (answer.empty()) return out;
    return out + task_.target_delimiter + answer + task_.fewshot_delimiter;
  }

  [[nodiscard]] std::string at(const std::vector<std::string>& choices, std::int64_t index,
                               const Json& row) const {
    if (index < 0 || index >= static_cast<std::int64_t>(choices.size())) {
      throw DataError("{}: the row {} answers with choice {} of {}", where("doc_to_target"),
                      to_text(row).substr(0, 120), index, choices.size());
    }
    return choices[static_cast<std::size_t>(index)];
  }

 private:
  [[nodiscard]] std::string where(std::string_view key) const {
    return text("task {}: {}", task_.name, key);
  }
  [[nodiscard]] Json as_index(const Field& field, const Json& row) const {
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
  [[nodiscard]] std::string answer_of(const Json& target, const std::vector<std::string>& choices,
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

  const TaskFile& task_;
  Field text_;
  Field target_;
  Field choices_;
  Field answers_;
  Field counted_;
  Field description_;
};

// Draws shots for one row after another.
class Shots {
 public:
  Shots(const TaskFile& task, const std::vector<Json>& pool, const ShotOptions& options)
      : task_(task),
        pool_(pool),
        options_(options),
        random_(options.seed),
        // lm-evaluation-harness compares the keys as they stand, so that neither being given
        // leaves the judged row out, too.
        leave_out_(task.fewshot_split == task.test_split) {}

  std::vector<const Json*> draw(const Json& row) {
    if (options_.count == 0) return {};
    const std::vector<const Json*> pool = pool_for(row);
    const auto count = static_cast<std::size_t>(options_.count);
    const std::size_t wanted = count + (leave_out_ && !task_.first_shots ? 1 : 0);
    if (wanted > pool.size()) {
      throw DataError("task {}: {} shots are asked for; the split {} has {} rows to draw from",
                      task_.name, count, task_.shots_split(), pool.size());
    }
    std::vector<const Json*> out;
    if (task_.first_shots) {
      for (const Json* shot : pool) keep(shot, row, count, out);
    } else {
      for (const std::size_t at : random_.sample(pool.size(), wanted)) {
        keep(pool[at], row, count, out);
      }
      if (out.size() < count) redraw(pool, row, count, out);
    }
    return out;
  }

 private:
  void keep(const Json* shot, const Json& row, std::size_t count,
            std::vector<const Json*>& out) const {
    if (out.size() < count && !(leave_out_ && *shot == row)) out.push_back(shot);
  }

  // Several copies of the row were drawn: once more, from the rows that differ.
  void redraw(const std::vector<const Json*>& pool, const Json& row, std::size_t count,
              std::vector<const Json*>& out) {
    std::vector<const Json*> others;
    for (const Json* shot : pool) {
      if (*shot != row) others.push_back(shot);
    }
    if (count > others.size()) {
      throw DataError("task {}: only {} rows differ from the judged one; {} shots are asked for",
                      task_.name, others.size(), count);
    }
    out.clear();
    for (const std::size_t at : random_.sample(others.size(), count)) out.push_back(others[at]);
  }

  [[nodiscard]] std::vector<const Json*> pool_for(const Json& row) const {
    std::vector<const Json*> out;
    const Json* wanted = task_.shots_of_column.empty() ? nullptr : find(row, task_.shots_of_column);
    for (const Json& shot : pool_) {
      const Json* has = wanted == nullptr ? nullptr : find(shot, task_.shots_of_column);
      if (wanted == nullptr || (has != nullptr && *has == *wanted)) out.push_back(&shot);
    }
    return out;
  }

  const TaskFile& task_;
  const std::vector<Json>& pool_;
  ShotOptions options_;
  PythonRandom random_;
  bool leave_out_;
};

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
                 const std::string& header, Question& question) {
  const Json asked = prompter.text_of(row);
  const Json target = prompter.target_of(row);
  question.choices = prompter.choices_of(row);
  question.choice_answers = prompter.answers_of(row);
  if (question.choices.empty()) {
    throw DataError("task {}: row {} has no choices", task.name, question.row);
  }
  if (asked.is_number_integer()) {
    question.gold = {asked.get<std::int64_t>()};
    const std::string end = task.target_delimiter + shown_value(target);
    for (const std::string& choice : question.choices) {
      question.contexts.push_back(header + choice);
      question.continuations.push_back(end);
    }
    return;
  }
  question.gold = gold_of(target, question.choices);
  question.references = {shown_value(target.is_array() && !target.empty() ? target[0] : target)};
  question.contexts = {header + shown_value(asked)};
  for (const std::string& choice : question.choices) {
    question.continuations.push_back(task.target_delimiter + choice);
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

Question ask(const TaskFile& task, const Prompter& prompter, const Json& row,
             const std::string& header) {
  Question question;
  if (task.kind == TaskKind::kChoices) {
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
    question.contexts = {header + shown_value(prompter.text_of(row))};
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
  Shots drawn(task, shots, options);
  std::vector<Question> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (limit && static_cast<std::int64_t>(i) >= *limit) break;
    std::string header = prompter.description_of(rows[i]);
    for (const Json* shot : drawn.draw(rows[i])) header += prompter.shot(*shot);
    out.push_back(ask(task, prompter, rows[i], header));
    out.back().row = i;
  }
  return out;
}

}  // namespace fettle::evaluate
