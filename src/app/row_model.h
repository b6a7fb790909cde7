// A local model asked about rows, several at once: what data preparation and pre-labels share. The
// figures are a function of the texts and of their order.
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "app/assemble.h"
#include "base/result.h"
#include "data/stage.h"
#include "generate/answer.h"

namespace fettle::app {

// A question and the answers that it may have.
struct Choice {
  data::Row question;  // without an answer
  std::vector<std::string> answers;
};

// Thread-safe: one call computes at a time, on all threads of the model.
class RowModel {
 public:
  // Loads the model with its adapter. max_length: tokens of a text that are computed together; 0:
  // as many as the context holds. Throws as loading does.
  RowModel(const model::ModelConfig& config, std::int64_t max_length);

  [[nodiscard]] bool has_chat_template() const { return text_.chat_template.has_value(); }
  [[nodiscard]] std::int64_t tokens_of(const std::string& words) const;

  // exp of the mean of -ln p, nats, over the tokens of each text but the first; a text of more than
  // max_length tokens is cut into parts that are scored each for itself. NaN without such a token.
  [[nodiscard]] std::vector<double> perplexities(std::span<const std::string> texts) const;

  // The mean of each text's last hidden states (its first max_length tokens), [hidden_size] each;
  // zeros for a text without tokens.
  [[nodiscard]] std::vector<std::vector<float>> vectors(std::span<const std::string> texts) const;

  // Probabilities of each choice's answers: the softmax over them of their log-likelihoods, nats
  // (per_token: of the mean over an answer's tokens). Of a longer row, the last max_length tokens
  // are read. Throws DataError for a question that the chat template refuses.
  [[nodiscard]] std::vector<std::vector<double>> probabilities(std::span<const Choice> choices,
                                                               bool per_token = false) const;

  // What the model says to each prompt, white space at the ends aside. A Problem where the prompt
  // leaves no room, or the answer is empty or (unless taken) does not end within max_new_tokens.
  // stop_ids are set here.
  enum class Unended { kRefused, kTaken };
  [[nodiscard]] std::vector<Result<std::string>> answers(std::span<const data::Question> questions,
                                                         generate::AnswerOptions options,
                                                         Unended unended = Unended::kRefused) const;

 private:
  struct Prompts {
    std::vector<std::vector<batch::TokenId>> ids;
    std::vector<std::size_t> places;  // of their answers
    std::size_t tokens = 0;           // with their answers, at most
  };
  void say(const Prompts& prompts, generate::AnswerOptions& options, Unended unended,
           std::vector<Result<std::string>>& out) const;

  model::TextSide text_;
  model::Decoder decoder_;
  std::size_t limit_;
  mutable std::mutex mutex_;
};

}  // namespace fettle::app
