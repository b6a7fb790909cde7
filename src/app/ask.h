// One question to a loaded model, its answer streamed: what generate and chat share.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/assemble.h"
#include "app/verb.h"
#include "generate/answer.h"

namespace fettle::app {

struct AskOptions {
  std::string model;
  std::optional<std::string> adapter;
  std::string system;
  std::string chat_template;
  std::string device = "auto";
  std::string dtype = "auto";
  std::int64_t num_threads = 0;
  bool raw = false;  // a prompt's text alone, no template
  generate::AnswerOptions answer;
};

// The options that generate and chat have in common.
void add_ask_options(CLI::App& command, AskOptions& options);

// A model ready to answer.
class Speaker {
 public:
  // Throws UsageError for a model without a chat template, unless options.raw.
  explicit Speaker(const AskOptions& options);

  struct Said {
    std::string text;
    std::int64_t prompt_tokens = 0;
    std::int64_t answer_tokens = 0;
    bool stopped = false;       // the model ended its answer
    double prompt_seconds = 0;  // until the first token was chosen
    double answer_seconds = 0;  // from then until the last
  };
  // messages: the conversation so far, a user's message last. on_text is told pieces that never
  // split a character.
  [[nodiscard]] Said answer(const Json& messages,
                            const std::function<void(const std::string&)>& on_text) const;

 private:
  AskOptions options_;
  model::TextSide text_;
  model::Decoder decoder_;
};

}  // namespace fettle::app
