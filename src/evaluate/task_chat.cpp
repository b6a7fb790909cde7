#include "evaluate/task_chat.h"

#include "base/error.h"
#include "metric/unicode.h"

namespace fettle::evaluate {
namespace {

std::string joined(std::vector<Turn>::const_iterator turn, std::vector<Turn>::const_iterator end,
                   bool with_last_delimiter) {
  std::string out;
  for (; turn != end; ++turn) {
    out += turn->content;
    if (with_last_delimiter || turn + 1 != end) out += turn->after;
  }
  return out;
}

Json message(const std::string& role, const std::string& content) {
  return {{"role", role}, {"content", content}};
}

}  // namespace

std::string system_text(const PromptForm& form, const std::string& description,
                        const std::string& delimiter) {
  if (form.system.empty()) return description;
  if (description.empty()) return form.system;
  const bool space = metric::is_space(metric::code_points(form.system).back()) ||
                     metric::is_space(metric::code_points(description).front());
  return form.system + (space ? "" : delimiter) + description;
}

std::string prompt_of(const std::vector<Turn>& turns, const PromptForm& form) {
  if (form.chat_template == nullptr) return joined(turns.begin(), turns.end(), true);
  tokenize::RenderInput input;
  input.messages = Json::array();
  if (form.multiturn) {
    for (const Turn& turn : turns) input.messages.push_back(message(turn.role, turn.content));
  } else {
    const bool system = !turns.empty() && turns.front().role == "system";
    if (system) input.messages.push_back(message("system", turns.front().content));
    input.messages.push_back(
        message("user", joined(turns.begin() + (system ? 1 : 0), turns.end(), false)));
  }
  input.add_generation_prompt = true;
  input.bos_token = form.bos_token;
  input.eos_token = form.eos_token;
  input.unix_time = form.unix_time;
  Result<tokenize::Rendered> rendered = form.chat_template->render(input);
  if (!rendered) {
    throw DataError("the chat template refuses the prompt: {}; leave --apply_chat_template out",
                    rendered.error().message());
  }
  return std::move(rendered->text);
}

}  // namespace fettle::evaluate
