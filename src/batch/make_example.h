// Rows to token ids with the tokens that are scored, in training and in inference alike.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "batch/config.h"
#include "batch/example.h"
#include "batch/report.h"
#include "batch/token_text.h"
#include "data/row.h"

namespace fettle::batch {

// The row as one example of any length. The whole text is tokenised once, so that the ids are those
// that inference sees.
// - Chat: each trained assistant message is scored from the first token that differs from its
//   prompt's own tokenisation (a token merged over the border is scored and counted) up to and with
//   its end-of-turn token: the last special token of the turn where only white space follows it.
// - Completion: prompt and completion as they are, then EOS, scored from the first token that
//   differs from the prompt's.
// - Text: then EOS; everything but the first token is scored, as it is for any form when
//   config.completion_only_loss is false.
// A problem, never a guess, when the template's turns do not build on one another, when BOS would
// stand twice, and when no token would be scored. report, if given, counts merged borders and open
// ends.
[[nodiscard]] Result<Example> make_example(const data::Row& row, const TextSide& side,
                                           const BatchConfig& config,
                                           ExampleReport* report = nullptr);

// What inference gives the model: the row without its answer (a last assistant message, or the
// completion), with the generation prompt.
[[nodiscard]] Result<std::vector<std::int32_t>> make_prompt(const data::Row& row,
                                                            const TextSide& side);

// The row with `answer` in the place of its last assistant message (added if there is none) or of
// its completion, and only that answer scored: exactly the ids that training on it would score.
// Ends with the last scored token. For likelihoods of labels; a text row cannot be answered.
[[nodiscard]] Result<Example> make_answer(const data::Row& row, std::string_view answer,
                                          const TextSide& side);

}  // namespace fettle::batch
