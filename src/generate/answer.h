// Answers to prompts: many at once, each prompt's tokens computed once and shared starts shared.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "generate/sample.h"
#include "model/decoder.h"

namespace fettle::generate {

struct AnswerOptions {
  std::int64_t max_new_tokens = 256;
  Sampling sampling;
  std::vector<batch::TokenId> stop_ids;  // end an answer; not part of it
};

struct Answer {
  std::vector<batch::TokenId> ids;  // without the stopping token
  bool stopped = false;             // false: max_new_tokens or the context's end came first
};

// Called with (prompt index, token) as tokens are chosen; false stops that answer.
using OnToken = std::function<bool(std::size_t, batch::TokenId)>;

// The prompts' common start is computed once. Throws DataError for an empty prompt and for one that
// leaves no room in max_position_embeddings.
[[nodiscard]] std::vector<Answer> answer(const model::Decoder& decoder,
                                         std::span<const std::vector<batch::TokenId>> prompts,
                                         const AnswerOptions& options,
                                         const OnToken& on_token = nullptr);

}  // namespace fettle::generate
