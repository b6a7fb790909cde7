// Models behind an OpenAI-compatible address as competitors: answers by chat/completions,
// likelihoods of choices by completions with echo and logprobs where the server offers them (as
// lm-evaluation-harness's local-completions asks), else by asking for the choice in words.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "data/augment/api_client.h"
#include "evaluate/task_score.h"

namespace fettle::evaluate {

struct HostedModel {
  std::string name;     // as the server knows it
  std::string address;  // https://example.com/v1
};
// "openai:NAME@ADDRESS"; nothing for a word that does not begin with openai:. Throws UsageError for
// one that does and is malformed.
[[nodiscard]] std::optional<HostedModel> hosted_model(const std::string& word);

struct HostedOptions {
  data::ApiClientOptions api;    // the address is the model's
  std::int64_t concurrency = 4;  // requests at a time
  bool by_likelihood = true;     // ask whether the server offers likelihoods
};

class HostedScorer {
 public:
  // Throws UsageError as data::ApiClient.
  HostedScorer(const HostedModel& model, const HostedOptions& options);

  // As evaluate::ask_all. Throws DataError with what the server answered, after all that it
  // answered rightly was handed to on_said.
  void ask_all(const TaskFile& task, std::span<const Question> questions, std::uint64_t seed,
               const OnSaid& on_said);

  // Whether choices were judged by likelihood; nothing: none was asked for.
  [[nodiscard]] std::optional<bool> offers_likelihoods() const { return offers_; }

 private:
  template <class T>
  using Reply = tl::expected<T, data::ApiFailure>;

  [[nodiscard]] Reply<Said> ask(const TaskFile& task, const Question& question, std::uint64_t seed);
  [[nodiscard]] Reply<Said> answers(const TaskFile& task, const Question& question,
                                    std::uint64_t seed);
  [[nodiscard]] Reply<Said> likelihoods(const Question& question);
  [[nodiscard]] Reply<Said> chosen_in_words(const Question& question);
  [[nodiscard]] Reply<std::string> chat(const Json& request, Said& said);
  void find_out(const TaskFile& task, const Question& question);

  HostedModel model_;
  HostedOptions options_;
  data::ApiClient api_;
  std::optional<bool> offers_;
};

// The log-likelihood (nats) of a text's end by a completion with echo, from `begin` (code points)
// on, and whether each of its tokens was the likeliest. Pure. A Problem where the answer has no
// likelihoods of the given text.
struct EchoedEnd {
  double log_likelihood = 0;
  bool greedy = true;
  std::int64_t tokens = 0;
};
[[nodiscard]] Result<EchoedEnd> echoed_end(const Json& answer, std::int64_t begin,
                                           std::int64_t end);

// Which choice the answer names: its letter ("B", "B.", "(b) ..."), or its words; nothing: none.
[[nodiscard]] std::optional<std::size_t> named_choice(std::string_view answer,
                                                      std::span<const std::string> choices);

}  // namespace fettle::evaluate
