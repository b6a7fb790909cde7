// Turns of a prompt, joined as plain text or rendered by the model's chat template, as
// lm-evaluation-harness does with --apply_chat_template.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tokenize/chat_template.h"

namespace fettle::evaluate {

struct Turn {
  std::string role;  // "system", "user" or "assistant"
  std::string content;
  std::string after;  // what stands between it and the next turn in plain text
};

struct PromptForm {
  const tokenize::ChatTemplate* chat_template = nullptr;  // none: plain text
  // Shots as turns of their own; else all of them and the question are one turn of the user.
  bool multiturn = false;
  std::string bos_token;
  std::string eos_token;
  std::int64_t unix_time = 0;  // for templates that name the date
  std::string system;          // stands before the task's description, also in plain text
};

// The system's text: form.system and the description, parted by the delimiter where neither has
// white space there.
[[nodiscard]] std::string system_text(const PromptForm& form, const std::string& description,
                                      const std::string& delimiter);

// What the model reads, up to where the answer begins. Throws DataError with the template's reason
// when it refuses the turns.
[[nodiscard]] std::string prompt_of(const std::vector<Turn>& turns, const PromptForm& form);

}  // namespace fettle::evaluate
