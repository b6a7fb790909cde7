#include "data/form.h"

#include <charconv>
#include <optional>
#include <utility>

#include "base/format.h"
#include "base/nearest.h"
#include "data/class_weights.h"
#include "data/columns.h"
#include "data/messages.h"
#include "data/tools.h"

namespace fettle::data {
namespace {

Json message_of(std::string_view role, std::string_view content) {
  return Json{{"role", role}, {"content", content}};
}

// Puts the row's own system message, or else the recipe's, before messages that have none.
void add_system(Json& messages, const std::string& own, const DataConfig& config) {
  const std::string& system = own.empty() ? config.system : own;
  if (system.empty()) return;
  if (!messages.empty() &&
      (messages[0]["role"] == "system" || messages[0]["role"] == "developer")) {
    return;
  }
  messages.insert(messages.begin(), message_of("system", system));
}

Result<Row> chat_row(Json messages, const Json& record, const DataConfig& config,
                     const Origin& origin) {
  const auto system = optional_text(look(record, config.system_column, {"system"}), origin);
  if (!system) return tl::unexpected(system.error());
  add_system(messages, *system, config);
  if (auto bad = check_trainable(messages, origin.text())) return tl::unexpected(*bad);
  Row row;
  const Found tools = look(record, config.tools_column, {"tools"});
  if (tools.value != nullptr) {
    Result<Json> read = read_tools(*tools.value, origin.text());
    if (!read) return tl::unexpected(read.error());
    row.tools = std::move(*read);
  }
  row.messages = std::move(messages);
  return row;
}

Result<Row> read_chat(const Json& record, const DataConfig& config, const Origin& origin) {
  const Found found = look(record, config.messages_column, {"messages", "conversations"});
  if (found.value == nullptr) return lacks(record, found.key, "chat", origin);
  Result<Json> messages = read_messages(*found.value, origin.text());
  if (!messages) return tl::unexpected(messages.error());
  return chat_row(std::move(*messages), record, config, origin);
}

// Prompt and completion as messages: the prompt's own answers are not scored.
Result<Row> read_prompt_messages(const Json& prompt, const Json& completion, const Json& record,
                                 const DataConfig& config, const Origin& origin) {
  Result<Json> before = read_messages(prompt, origin.text());
  if (!before) return tl::unexpected(before.error());
  const Result<Json> after = read_messages(completion, origin.text());
  if (!after) return tl::unexpected(after.error());
  for (Json& message : *before) {
    if (message["role"] == "assistant") message["weight"] = 0;
  }
  for (const Json& message : *after) before->push_back(message);
  return chat_row(std::move(*before), record, config, origin);
}

Result<Row> read_completion(const Json& record, const DataConfig& config, const Origin& origin) {
  const Found prompt = look(record, config.prompt_column, {"prompt"});
  const Found completion = look(record, config.completion_column, {"completion"});
  for (const Found& found : {prompt, completion}) {
    if (found.value == nullptr) return lacks(record, found.key, "prompt_completion", origin);
  }
  if (prompt.value->is_array() && completion.value->is_array()) {
    return read_prompt_messages(*prompt.value, *completion.value, record, config, origin);
  }
  for (const Found& found : {prompt, completion}) {
    if (!found.value->is_string()) return no_text(found, origin);
  }
  Row row;
  row.form = RowForm::kCompletion;
  row.prompt = prompt.value->get<std::string>();
  row.completion = completion.value->get<std::string>();
  if (row.completion.empty()) {
    return problem(origin.text(),
                   text("\"{}\" is empty; there is nothing to learn from the row", completion.key));
  }
  return row;
}

// Alpaca's history: earlier [instruction, answer] pairs.
std::optional<Problem> add_history(const Json& record, Json& messages, const Origin& origin) {
  const Json* const history = find(record, "history");
  if (history == nullptr || history->is_null()) return std::nullopt;
  const auto bad = [&] {
    return Problem{origin.text(), "\"history\" is not a list of [instruction, answer] pairs"};
  };
  if (!history->is_array()) return bad();
  for (const Json& pair : *history) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) {
      return bad();
    }
    messages.push_back(message_of("user", pair[0].get_ref<const std::string&>()));
    messages.push_back(message_of("assistant", pair[1].get_ref<const std::string&>()));
  }
  return std::nullopt;
}

Result<Row> read_instruction(const Json& record, const DataConfig& config, const Origin& origin) {
  const Found instruction = look(record, config.instruction_column, {"instruction"});
  const Found output = look(record, config.output_column, {"output"});
  for (const Found& found : {instruction, output}) {
    if (found.value == nullptr) return lacks(record, found.key, "instruction", origin);
    if (!found.value->is_string()) return no_text(found, origin);
  }
  const auto input = optional_text(look(record, config.input_column, {"input"}), origin);
  if (!input) return tl::unexpected(input.error());
  std::string question = instruction.value->get<std::string>();
  if (!input->empty()) question += (question.empty() ? "" : "\n") + *input;
  const std::string& answer = output.value->get_ref<const std::string&>();
  if (question.empty() || answer.empty()) {
    return problem(origin.text(), text("\"{}\" is empty; there is nothing to learn from the row",
                                       question.empty() ? instruction.key : output.key));
  }
  Json messages = Json::array();
  if (auto bad = add_history(record, messages, origin)) return tl::unexpected(*bad);
  messages.push_back(message_of("user", question));
  messages.push_back(message_of("assistant", answer));
  return chat_row(std::move(messages), record, config, origin);
}

Result<Row> read_plain(const Json& record, const DataConfig& config, const Origin& origin) {
  const Found found = look(record, config.text_column, {"text", "sentence"});
  if (found.value == nullptr) return lacks(record, found.key, "text", origin);
  if (!found.value->is_string()) return no_text(found, origin);
  Row row;
  row.form = RowForm::kText;
  row.text = found.value->get<std::string>();
  if (row.text.empty()) return problem(origin.text(), text("\"{}\" is empty", found.key));
  return row;
}

// A class's name, or its number among the names given.
Result<std::string> read_label(const Found& found, const DataConfig& config, const Origin& origin) {
  const std::vector<std::string_view> known(config.labels.begin(), config.labels.end());
  std::int64_t number = -1;
  if (found.value->is_string()) {
    const std::string& name = found.value->get_ref<const std::string&>();
    if (name.empty()) return problem(origin.text(), text("\"{}\" is empty", found.key));
    if (known.empty()) return name;
    for (const std::string_view label : known) {
      if (name == label) return name;
    }
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) {
      return problem(origin.text(), unknown_name("label", name, known));
    }
  } else if (found.value->is_number_integer()) {
    if (known.empty()) {
      return problem(origin.text(), text("\"{}\" is the number {}; name the classes in `labels`",
                                         found.key, to_text(*found.value)));
    }
    number = found.value->is_number_unsigned() && found.value->get<std::uint64_t>() > 1U << 30
                 ? -1
                 : found.value->get<std::int64_t>();
  } else {
    return problem(origin.text(),
                   text("\"{}\" is a value of type {}; give a label's name or number", found.key,
                        std::string_view(found.value->type_name())));
  }
  if (number < 0 || number >= static_cast<std::int64_t>(known.size())) {
    return problem(origin.text(),
                   text("\"{}\" is {}; the {} labels are numbered 0 to {}: {}", found.key,
                        to_text(*found.value), known.size(), known.size() - 1, join(known, ", ")));
  }
  return config.labels[static_cast<std::size_t>(number)];
}

Result<Row> read_classification(const Json& record, const DataConfig& config,
                                const Origin& origin) {
  const Found body = look(record, config.text_column, {"text", "sentence"});
  const Found label = look(record, config.label_column, {"label", "category"});
  for (const Found& found : {body, label}) {
    if (found.value == nullptr) return lacks(record, found.key, "classification", origin);
  }
  if (!body.value->is_string()) return no_text(body, origin);
  if (body.value->get_ref<const std::string&>().empty()) {
    return problem(origin.text(), text("\"{}\" is empty", body.key));
  }
  const Result<std::string> name = read_label(label, config, origin);
  if (!name) return tl::unexpected(name.error());
  return classification_row(config, config.instruction, body.value->get_ref<const std::string&>(),
                            *name);
}

}  // namespace

Result<std::string> find_form(const Json& record, const DataConfig& config, const Origin& origin) {
  if (!record.is_object()) {
    return problem(origin.text(), text("the row is a value of type {}; an object was expected",
                                       std::string_view(record.type_name())));
  }
  if (config.row_form != "auto") return config.row_form;
  const auto has = [&](const std::string& column, Names usual) {
    return look(record, column, usual).value != nullptr;
  };
  if (find(record, "chosen") != nullptr && find(record, "rejected") != nullptr) {
    return problem(origin.text(),
                   "is a preference row (chosen, rejected); supervised training reads one answer a "
                   "row: state row_form and the columns to use");
  }
  if (has(config.messages_column, {"messages", "conversations"})) return "chat";
  if (has(config.instruction_column, {"instruction"}) && has(config.output_column, {"output"})) {
    return "instruction";
  }
  if (has(config.prompt_column, {"prompt"}) && has(config.completion_column, {"completion"})) {
    return "prompt_completion";
  }
  if (has(config.text_column, {"text", "sentence"})) {
    return has(config.label_column, {"label", "category"}) ? "classification" : "text";
  }
  return problem(origin.text(),
                 text("the keys {} fit no form of row; known: messages or conversations (chat), "
                      "instruction and output (instruction), prompt and completion "
                      "(prompt_completion), text and label (classification), text (text). Rename "
                      "the keys or name them with the *_column keys",
                      keys_of(record)));
}

Result<Row> read_row(const Json& record, std::string_view form, const DataConfig& config,
                     const Origin& origin) {
  Result<Row> row = form == "chat"                ? read_chat(record, config, origin)
                    : form == "instruction"       ? read_instruction(record, config, origin)
                    : form == "prompt_completion" ? read_completion(record, config, origin)
                    : form == "classification"    ? read_classification(record, config, origin)
                                                  : read_plain(record, config, origin);
  if (!row) return row;
  row->origin = origin;
  if (config.weight_column.empty()) return row;
  const Result<double> weight = read_weight(record, config.weight_column, origin);
  if (!weight) return tl::unexpected(weight.error());
  row->weight = *weight;
  return row;
}

Row classification_row(const DataConfig& config, std::string_view instruction,
                       std::string_view body, std::string_view label) {
  Row row;
  std::string question(instruction);
  if (!question.empty()) question += "\n\n";
  question += body;
  row.messages.push_back(message_of("user", question));
  row.messages.push_back(message_of("assistant", label));
  add_system(row.messages, {}, config);
  row.label = label;
  return row;
}

}  // namespace fettle::data
