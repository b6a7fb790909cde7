// How the model itself represents texts.
#pragma once

#include <string>
#include <vector>

#include "evaluate/task_score.h"

namespace fettle::evaluate {

// For each text the mean over its tokens of the hidden states after the final norm, [hidden_size].
// Of a text longer than the model's context the end counts. Texts are computed together, about
// batch_tokens tokens at once.
[[nodiscard]] std::vector<std::vector<float>> mean_states(const Scorer& scorer,
                                                          const std::vector<std::string>& texts,
                                                          std::int64_t batch_tokens);

}  // namespace fettle::evaluate
