// What the model makes of questions: likelihoods and answers, in batches that share prefixes.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>

#include "evaluate/task_prompt.h"
#include "evaluate/task_tokens.h"
#include "model/decoder.h"

namespace fettle::evaluate {

// What the model said to one question; saved row by row.
struct Said {
  std::vector<double> log_likelihoods;  // nats; of each choice, of the target, or of the text
  std::vector<double> content_free;  // ln of each choice's mean share after inputs without content
  bool greedy = false;               // kLikelihood: greedy decoding gives the target
  std::vector<std::string> answers;  // kGenerate: one a sample, cut at the stop texts
  std::int64_t tokens = 0;           // scored or generated
  std::optional<std::int64_t> right_tokens = std::nullopt;  // scored ones that are the likeliest
  std::int64_t prompt_tokens = 0;  // read; of a hosted model: as the server counts them
  double seconds = 0;  // an equal share of its batch's time; of a hosted model: of its requests
};

// The time since it was made, by the rows that it went to.
class BatchClock {
 public:
  [[nodiscard]] double seconds_each(std::size_t rows) const {
    const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - begun_;
    return gone.count() / static_cast<double>(rows);
  }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

struct ScoreLimits {
  std::int64_t batch_tokens = 4096;  // computed tokens of a pack, about
  std::int64_t batch_rows = 16;      // answers that are generated together
  std::uint64_t seed = 0;            // of sampled answers
};

struct Scorer {
  const model::Decoder& decoder;
  TaskTokens tokens;
  std::vector<batch::TokenId> stop_ids;
  std::string stop_text;  // EOS as text: also ends an answer
};

// Told of each batch's questions (indices into `questions`) as soon as they are judged, in order;
// may throw to stop.
using OnSaid = std::function<void(std::size_t, const Said&)>;

// questions: of one task; each is asked once, in their order. Equal starts of neighbours (a
// few-shot header, the choices of a question) are computed once a batch.
void ask_all(const Scorer& scorer, const TaskFile& task, std::span<const Question> questions,
             const ScoreLimits& limits, const OnSaid& on_said);

}  // namespace fettle::evaluate
